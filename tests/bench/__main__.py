"""Measures whole runs, and beside them floors: what the tools below need for the same rows. Ratios are what travels.

A folder's newest weekly file (upDDMON.zip) is kept apart and comes as news. Without --new-avall the next avall is the
folder's own without its first event, so that every row stands in another place, and with some other cities.
docs/reference/benchmarks.md says what each line means.
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

from samples.make import SMALLEST_SCALE
from tests.architecture.tree import REPOSITORY
from tests.bench import measures
from tests.bench.session import PARTS, UNASKED, Session


def arguments() -> argparse.ArgumentParser:
    """The command line."""
    shape = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser("python -m tests.bench", description=__doc__, formatter_class=shape)
    source = parser.add_mutually_exclusive_group()
    folder = Path(os.environ.get("NTSB_SOURCES") or REPOSITORY / "samples")
    source.add_argument("--sources", type=Path, default=folder, help="folder with the zips (default: %(default)s)")
    source.add_argument(
        "--scale",
        type=scales,
        metavar="LIST",
        help="files made up for it, such as 1 (NTSB's own size) or 0.25,0.5,1,2: then the cold build of each, and how "
        "its cost grows with the rows; a scale of 1 takes some minutes and 4 GB of memory to make",
    )
    parser.add_argument("--only", nargs="+", choices=list(PARTS), metavar="NAME", help=", ".join(PARTS))
    parser.add_argument("--floors-only", action="store_true", help="the same as --only floors")
    parser.add_argument("--verify", action="store_true", help="compare the last release with a clean build")
    parser.add_argument("--new-avall", type=Path, metavar="ZIP", help="the avall.zip that comes after the folder's")
    parser.add_argument("--scratch", type=Path, metavar="FOLDER", help="where stores go (default: the system's)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    return parser


def scales(text: str) -> list[float]:
    """The scales of --scale, for argparse."""
    found = measures.scales(text)
    if found[0] < SMALLEST_SCALE:
        raise ValueError(f"scale: expected {SMALLEST_SCALE} or more, found {found[0]}")
    return found


def wanted(options: argparse.Namespace) -> list[str]:
    """The parts that are asked for."""
    if options.floors_only:
        return ["floors"]
    several = options.scale and len(options.scale) > 1
    parts = list(options.only or (("cold",) if several else UNASKED))
    return [*parts, "verify"] if options.verify else parts


def made(scale: float, folder: Path) -> Path:
    """A folder with made-up files; a process of its own, so that their memory is given back."""
    print(f"making files of scale {scale:g}", flush=True)
    command = [sys.executable, "-m", "samples.make", str(folder), "--scale", str(scale)]
    subprocess.run(command, cwd=REPOSITORY, check=True)
    return folder


def machine() -> str:
    """What the figures were taken on; a busy machine is told by its load."""
    load = os.getloadavg()[0]
    return f"{os.cpu_count()} processors, {platform.system()} {platform.machine()}, load before {load:.1f}"


def measure(zips: Path, options: argparse.Namespace, label: str) -> Session:
    """One session, its table printed."""
    with tempfile.TemporaryDirectory(prefix="ntsb-bench-", dir=options.scratch) as scratch:
        head = machine()
        session = Session(zips, Path(scratch), options.new_avall)
        session.found = session.run(wanted(options))
    print(f"\n{label}: {session.rows:,} rows in {len(session.base)} Access files; {head}")
    if session.published:
        print(f"{session.published:,} rows published by the cold build")
    print("\n".join(measures.table(session.found)))
    for name, stages in session.bench.stages.items():
        if stages:
            print(f"\n{name}, by stage: steps, seconds of all of them, seconds in which at least one ran")
            print(
                "\n".join(
                    f"  {family:<16}{steps:>5}{total:>9.1f} s{busy:>9.1f} s" for family, steps, total, busy in stages
                )
            )
    return session


def main(words: Sequence[str] | None = None) -> int:
    """Measures, prints, and gives the exit code: 1 where a run failed, or a release was not as a clean build's."""
    options = arguments().parse_args(words)
    before = machine()
    if options.scratch:
        options.scratch.mkdir(parents=True, exist_ok=True)
    sizes, records, troubles = [], [], []
    for scale in options.scale or [None]:
        with tempfile.TemporaryDirectory(prefix="ntsb-made-", dir=options.scratch) as folder:
            zips = options.sources if scale is None else made(scale, Path(folder))
            session = measure(zips, options, str(zips) if scale is None else f"scale {scale:g}")
        cold = [each.value for each in session.found if each.name == measures.COLD]
        sizes += [(scale, session.rows, cold[0])] if scale and cold else []
        troubles += session.troubles
        facts = {"scale": scale, "rows": session.rows, "measures": measures.records(session.found)}
        records.append(facts | {"published": session.published, "stages": session.bench.stages})
        if troubles:
            break
    if len(sizes) > 1:
        print("\n" + "\n".join(measures.growth(sizes)))
    if options.json:
        options.json.write_text(json.dumps({"machine": before, "sessions": records}, indent=1) + "\n")
    print("\n".join(troubles), end="\n" * bool(troubles), file=sys.stderr)
    return 1 if troubles else 0


if __name__ == "__main__":
    sys.exit(main())
