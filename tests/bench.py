"""`make bench`: seconds of a whole run, stage by stage, beside floors measured in the same run.

    python -m tests.bench [--sources FOLDER]      default: samples/

Floors: (a) mdb-export of every table to nowhere, two at a time; (b) the same piped into unlogged text tables, two
connections. Seconds of one machine say little; the ratios travel.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from pipeline import postgres
from pipeline.access import landing, mdb
from pipeline.server import cluster
from pipeline.settings import REPOSITORY


def unpack(sources: Path, folder: Path) -> list[Path]:
    """Every Access file of a folder of zips."""
    found = []
    for archive in sorted(sources.glob("*.zip")):
        with zipfile.ZipFile(archive) as zipped:
            found += [Path(zipped.extract(name, folder)) for name in zipped.namelist()]
    return found


def each_table(files: list[Path], work: Callable[[Path, landing.RawTable], None]) -> tuple[float, int]:
    """(seconds, rows) of a piece of work on every table, two at a time, the largest tables first."""
    tables = [(path, table) for path in files for table in landing.contents(path)]
    tables.sort(key=lambda pair: -pair[1].rows)
    began = time.perf_counter()
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda pair: work(*pair), tables))
    return time.perf_counter() - began, sum(table.rows for _, table in tables)


def export_only(path: Path, table: landing.RawTable) -> None:
    """Floor (a)."""
    with mdb.export(path, table.name) as stream:
        while stream.read(1 << 20):
            pass


def export_and_copy(path: Path, table: landing.RawTable) -> None:
    """Floor (b)."""
    columns = ", ".join(f'"{landing.raw_name(column)}"' for column in table.columns)
    name = f'floor."{path.stem}_{landing.raw_name(table.name)}"'
    with postgres.transaction() as cursor:
        cursor.execute(f"create unlogged table {name} ({columns.replace(',', ' text,')} text)")
        with mdb.export(path, table.name) as stream:
            cursor.copy_expert(f"copy {name} ({columns}) from stdin (format csv)", stream, size=1 << 18)


def copy_floor(files: list[Path], store: Path) -> float:
    """Seconds of floor (b), in a database of its own that is removed afterwards."""
    os.environ["NTSB_STORE"] = str(store)
    with postgres.transaction() as cursor:
        cursor.execute("create schema floor")
    seconds, _ = each_table(files, export_and_copy)
    cluster.remove(postgres.embedded_folder())
    return seconds


def whole_run(sources: Path, store: Path) -> dict[str, object]:
    """timings.json of a run from nothing, and its seconds again when there is nothing to do."""
    environment = {**os.environ, "NTSB_STORE": str(store), "NTSB_SOURCES": str(sources.resolve())}
    environment.pop("NTSB_DATABASE_URL", None)
    command = [sys.executable, "-m", "luigi", "--module", "pipeline", "AllReports"]
    first = subprocess.run(command, env=environment, cwd=REPOSITORY, text=True, capture_output=True)
    if first.returncode:
        sys.exit(f"the run ended with {first.returncode}:\n{(first.stdout + first.stderr)[-3000:]}")
    timings: dict[str, object] = json.loads((store / "targets" / "store" / "timings.json").read_text())
    began = time.perf_counter()
    subprocess.run(command, env=environment, cwd=REPOSITORY, check=True, capture_output=True)
    return timings | {"again": time.perf_counter() - began}


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sources", type=Path, default=REPOSITORY / "samples", help="folder with the zips")
    sources = parser.parse_args().sources
    with tempfile.TemporaryDirectory(prefix="ntsb-bench-") as folder:
        files = unpack(sources, Path(folder) / "access")
        export, rows = each_table(files, export_only)
        copy = copy_floor(files, Path(folder) / "floor")
        timings = whole_run(sources, Path(folder) / "store")
    seconds = float(str(timings["seconds"]))
    print(f"{rows:,} rows in {len(files)} Access files; {os.cpu_count()} processors")
    print(f"{'floor (a) mdb-export to nowhere':<40}{export:>9.1f} s {rows / export:>12,.0f} rows/s")
    print(f"{'floor (b) mdb-export into text tables':<40}{copy:>9.1f} s {rows / copy:>12,.0f} rows/s")
    stages = timings["stages"]
    assert isinstance(stages, dict)
    for name, stage in stages.items():
        print(f"{name:<40}{stage['seconds']:>9.1f} s {stage['seconds'] / copy:>11.2f} x (b), {stage['steps']} steps")
    print(f"{'whole run':<40}{seconds:>9.1f} s {seconds / copy:>11.2f} x (b)")
    print(f"{'again, nothing new':<40}{float(str(timings['again'])):>9.1f} s")
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"{'largest process outside the database':<40}{peak:>9.0f} MB")


if __name__ == "__main__":
    main()
