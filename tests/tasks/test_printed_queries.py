"""Every query that a page prints runs as printed in the documented psql session, and reads what the page shows."""

import html
import re
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.running import Workspace

PRINTED = re.compile(r'<details class="source" id="query-([^"]+)">.*?<pre><code>(.*?)</code></pre>', re.DOTALL)


@pytest.fixture(scope="module")
def server(built: Workspace) -> Iterator[str]:
    """The address that `make database-url` prints, for a reader."""
    command = [sys.executable, "-m", "pipeline", "database-url"]
    yield subprocess.run(
        command, cwd=built.repository, env=built.environment(), capture_output=True, text=True, check=True
    ).stdout.strip()
    built.stop()


def test_every_printed_query_runs_as_printed(built: Workspace, server: str) -> None:
    failures, queries = [], 0
    for page in sorted((built.store / "reports" / "html").glob("*.html")):
        for name, text in PRINTED.findall(page.read_text(encoding="utf-8")):
            if name == "study":  # metrics of the study, not a query
                continue
            queries += 1
            command = ["psql", server, "--no-psqlrc", "--quiet", "--set", "ON_ERROR_STOP=1"]
            done = subprocess.run(command, input=html.unescape(text), capture_output=True, text=True, check=False)
            if done.returncode or "row" not in done.stdout:
                failures.append(f"{page.name} {name}: {done.stderr or done.stdout[-200:]}")
    assert queries > 30
    assert not failures, "\n".join(failures)
