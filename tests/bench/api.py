"""The same events from the pages of a local API server and from an Access file, each to a published release.

`python -m tests.bench.api FOLDER CASES` generates both, in a process of its own so that its memory is released.
"""

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from pipeline.postgres import server
from samples import api, api_archive, make
from samples.jet4 import read_schema
from samples.lookups import lookup_rows
from samples.serve import CASES, KEY
from tests.architecture.tree import REPOSITORY
from tests.bench import measures
from tests.bench.measures import Measure
from tests.bench.runs import RELEASED, Bench

# The cases that NTSB's API had for 2009 to 2026.
DEFAULT_CASES = 29_400
FIRST, LAST = f"{make.AVALL.first:%Y-%m}", f"{make.AVALL.last:%Y-%m}"
SETTINGS = f"""
[Api]
address = {{address}}
requests_per_minute = 6000
first_month = {FIRST}
last_month = {LAST}
"""


def generate(folder: Path, count: int) -> None:
    """Writes avall.zip, and the pages of its events to `pages/`, named by month and marker."""
    size = make.SAMPLES._replace(avall=count, has_long_narratives=True)
    tables, *_ = make.modern_files(size)
    schema = read_schema(REPOSITORY / "samples" / "schema_modern.csv")
    make.write(folder, "avall.mdb", schema, tables | lookup_rows(schema), {}, date(2025, 11, 1))
    cases = api.cases(tables)
    (folder / "pages").mkdir()
    for month in api_archive.months(FIRST, LAST):
        for number, body in enumerate(api_archive.pages(cases, month)):
            marker = f"m{number * api_archive.PAGE_SIZE}" if number else ""
            (folder / "pages" / f"{month}{marker}.json").write_bytes(body)


@contextmanager
def serving(pages: Path) -> Iterator[str]:
    """The address of a server of the pages, in a thread of this process, which is not measured."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: Any) -> None:
            """Log nothing."""

        def do_GET(self) -> None:
            """Send a page, status 204 for a month without one, or an empty list of changes."""
            url = urlsplit(self.path)
            query = parse_qs(url.query)
            path = pages / f"{query['startDate'][0][:7]}{query.get('marker', [''])[0]}.json"
            body = b"[]" if url.path != CASES else path.read_bytes() if path.exists() else b""
            self.send_response(200 if body else 204)
            if body:
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    http.daemon_threads = True
    threading.Thread(target=http.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{http.server_address[1]}/public/"
    finally:
        http.shutdown()
        http.server_close()


def measure(count: int, scratch: Path) -> tuple[list[Measure], dict[str, Any]]:
    """Measures both releases; returns the measurements, and the stages of each run. Raises RunFailed."""
    print(f"generating {count:,} cases", flush=True)
    command = [sys.executable, "-m", "tests.bench.api", str(scratch), str(count)]
    subprocess.run(command, cwd=REPOSITORY, check=True)
    sizes = [path.stat().st_size for path in (scratch / "pages").iterdir()]
    (sources := scratch / "sources").mkdir()
    (scratch / "avall.zip").rename(sources / "avall.zip")
    access, from_api = Bench(scratch / "access", sources), Bench(scratch / "api", Path("api"))
    with serving(scratch / "pages") as address:
        (settings := scratch / "api.cfg").write_text(SETTINGS.format(address=address), encoding="utf-8")
        from_api.variables = {"LUIGI_CONFIG_PATH": str(settings), "NTSB_API_KEY": KEY, "NO_PROXY": "127.0.0.1"}
        note = f"{len(sizes)} pages, {sum(sizes) / count / 1000:.1f} kB a case; rows are cases"
        for bench, name, text in ((access, measures.ACCESS, "avall.zip"), (from_api, measures.API, note)):
            print(f"measuring: {name}", flush=True)
            try:
                bench.measure(name, RELEASED, count, text)
            finally:
                server.remove(bench.place.targets / "postgres")
    from_api.memory()
    return [*access.results, *from_api.results], access.stages | from_api.stages


if __name__ == "__main__":
    generate(Path(sys.argv[1]), int(sys.argv[2]))
