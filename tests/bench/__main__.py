"""Measures complete runs and, in the same session, baselines: what the underlying tools need for the same rows.

Seconds depend on the machine; compare the ratios. The last weekly file of the folder by name (upDDMON.zip) is added
after the cold build. Without --new-avall the next avall is the one of the folder without its first event, so that every
row has another number, and with different cities in some events. The page on benchmarks in docs/ describes each line.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from samples.make import SAMPLES, SMALLEST_SCALE
from tests.architecture.tree import REPOSITORY
from tests.bench import api, measures
from tests.bench.measures import Measure
from tests.bench.runs import RunFailed, Stages
from tests.bench.session import DEFAULT_PARTS, PARTS, Session


def arguments() -> argparse.ArgumentParser:
    """Command-line parser."""
    formatter = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser("python -m tests.bench", description=__doc__, formatter_class=formatter)
    source = parser.add_mutually_exclusive_group()
    folder = Path(os.environ.get("NTSB_SOURCES") or REPOSITORY / "samples")
    source.add_argument("--sources", type=Path, default=folder, help="folder with the zips (default: %(default)s)")
    source.add_argument(
        "--scale",
        type=scales,
        metavar="LIST",
        help="generate files of this size, such as 1 (the size of NTSB's files); with several, such as 0.25,0.5,1,2, "
        "measure the cold build of each and how its cost grows; generating scale 1 takes minutes and 4 GB of memory",
    )
    source.add_argument(
        "--api",
        type=case_count,
        nargs="?",
        const=api.DEFAULT_CASES,
        metavar="CASES",
        help="measure only a release from generated cases of NTSB's API (default: %(const)s), which a local server "
        "sends, and one from the same events in an Access file",
    )
    parser.add_argument("--only", nargs="+", choices=list(PARTS), metavar="NAME", help=", ".join(PARTS))
    parser.add_argument("--verify", action="store_true", help="compare the last release with a clean build")
    parser.add_argument(
        "--new-avall", type=Path, metavar="ZIP", help="the avall.zip that replaces the one of the folder"
    )
    parser.add_argument("--scratch", type=Path, metavar="FOLDER", help="folder for stores (default: the system's)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the measurements to this file")
    return parser


def scales(text: str) -> list[float]:
    """Value of --scale, as an argparse type."""
    values = measures.scales(text)
    if values[0] < SMALLEST_SCALE:
        raise ValueError(f"scale: expected {SMALLEST_SCALE} or more, found {values[0]}")
    return values


def case_count(text: str) -> int:
    """Value of --api, as an argparse type: smaller files have too few events for all defects."""
    if int(text) < SAMPLES.avall:
        raise argparse.ArgumentTypeError(f"cases: expected {SAMPLES.avall} or more, found {text}")
    return int(text)


def selected_parts(options: argparse.Namespace) -> list[str]:
    """Names of the parts to measure."""
    has_several_scales = options.scale and len(options.scale) > 1
    parts = list(options.only or (("cold",) if has_several_scales else DEFAULT_PARTS))
    return [*parts, "verify"] if options.verify else parts


def generate_files(scale: float, folder: Path) -> Path:
    """Generates files in a subprocess, so that its memory is released; returns `folder`."""
    print(f"generating files of scale {scale:g}", flush=True)
    command = [sys.executable, "-m", "samples.make", str(folder), "--scale", str(scale)]
    subprocess.run(command, cwd=REPOSITORY, check=True)
    return folder


def machine() -> str:
    """Description of the machine, with its load before the measurement."""
    load = os.getloadavg()[0]
    return f"{os.cpu_count()} processors, {platform.system()} {platform.machine()}, load before {load:.1f}"


def measure(zips: Path, options: argparse.Namespace, label: str) -> Session:
    """Measures one session and prints its table."""
    with tempfile.TemporaryDirectory(prefix="ntsb-bench-", dir=options.scratch) as scratch:
        description = machine()
        session = Session(zips, Path(scratch), options.new_avall)
        session.results = session.run(selected_parts(options))
    print(f"\n{label}: {session.rows:,} rows in {len(session.base)} Access files; {description}")
    if session.published:
        print(f"{session.published:,} rows published by the cold build")
    print_tables(session.results, session.bench.stages)
    return session


def print_tables(results: Sequence[Measure], all_stages: Stages) -> None:
    """Prints the measurements, and the stages of each run."""
    print("\n".join(measures.table(results)))
    for name, stages in all_stages.items():
        if stages:
            print(f"\n{name}, by task family: tasks, total seconds, seconds in which at least one ran")
            print(
                "\n".join(
                    f"  {family:<16}{steps:>5}{total:>9.1f} s{busy:>9.1f} s" for family, steps, total, busy in stages
                )
            )


def measure_api(options: argparse.Namespace) -> dict[str, Any]:
    """Measures the release of cases of the API and that of an Access file; returns the record. Raises RunFailed."""
    with tempfile.TemporaryDirectory(prefix="ntsb-bench-", dir=options.scratch) as scratch:
        description = machine()
        results, stages = api.measure(options.api, Path(scratch))
    print(f"\n{options.api:,} cases; {description}")
    print_tables(results, stages)
    return {"cases": options.api, "measures": measures.records(results), "stages": stages}


def main(argv: Sequence[str] | None = None) -> int:
    """Measures and prints; returns 1 if a run failed or a release differs from that of a clean build, else 0."""
    options = arguments().parse_args(argv)
    before = machine()
    if options.scratch:
        options.scratch.mkdir(parents=True, exist_ok=True)
    sizes, records, errors = [], [], []
    if options.api:
        try:
            records.append(measure_api(options))
        except RunFailed as error:
            errors.append(str(error))
    for scale in [] if options.api else options.scale or [None]:
        with tempfile.TemporaryDirectory(prefix="ntsb-files-", dir=options.scratch) as folder:
            zips = options.sources if scale is None else generate_files(scale, Path(folder))
            session = measure(zips, options, str(zips) if scale is None else f"scale {scale:g}")
        cold = [measure.value for measure in session.results if measure.name == measures.COLD]
        sizes += [(scale, session.rows, cold[0])] if scale and cold else []
        errors += session.errors
        record = {"scale": scale, "rows": session.rows, "measures": measures.records(session.results)}
        records.append(record | {"published": session.published, "stages": session.bench.stages})
        if errors:
            break
    if len(sizes) > 1:
        print("\n" + "\n".join(measures.growth(sizes)))
    if options.json:
        options.json.write_text(json.dumps({"machine": before, "sessions": records}, indent=1) + "\n")
    print("\n".join(errors), end="\n" * bool(errors), file=sys.stderr)
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
