"""Writes the sample files, with reproducible bytes: `python -m samples.make [FOLDER] [--scale SCALE] [--api]`.

The output is four zips with Access files of synthetic events, and manifest.json: rows per table and, for every kind of
planted defect, its table, count and keys. The default folder is the folder of this module. With --scale the databases
have that multiple of the number of events in NTSB's files, and narratives as long as NTSB's (six times as long as those
of the samples); the size of the weekly file does not change. Scale 1 takes 5 minutes and 5 GB.

With --api, FOLDER gets archives of months of NTSB's Enterprise API instead, with the events of avall and of the weekly
file.
"""

import argparse
import hashlib
import json
import tempfile
from collections.abc import Sequence
from copy import deepcopy
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from samples import MARKER, NOTICE, api, api_archive
from samples.defects import Defects
from samples.entities import Era
from samples.jet4 import Column, read_schema, write_access, zip_access
from samples.lookups import LEGACY, lookup_rows
from samples.modern import draw_events
from samples.modern_defects import plant_modern
from samples.modern_rows import Tables, modern_tables
from samples.narrative_lengths import lengthen
from samples.pre1982 import plant_pre1982, pre1982_tables
from samples.sampler import Sampler
from samples.weekly import weekly_tables

HERE = Path(__file__).parent
SEED = 1926
# Fiscal year 2008 begins in October 2007: numbers start beyond those of Pre2008.
AVALL = Era("avall", date(2008, 1, 1), date(2025, 10, 31), date(2020, 9, 25), date(2025, 10, 31), 102000, 201)
# Ends a day early, so that no event is in 2008 in UTC.
PRE2008 = Era("Pre2008", date(1982, 1, 1), date(2007, 12, 30), date(2021, 9, 20), date(2021, 12, 19), 0, 1)
WEEK = Era("up08NOV", date(2025, 10, 27), date(2025, 11, 5), date(2025, 11, 3), date(2025, 11, 6), 900000, 500)
SHARED_EVENTS = 3  # events of Pre2008 that avall contains too
REVISED, UNCHANGED = 16, 3  # events of avall in the weekly file
SMALLEST_SCALE = 0.02  # below this there are too few events for all defects


class Size(NamedTuple):
    """Number of events in avall and Pre2008 and of aircraft in PRE1982; whether narratives are as long as NTSB's."""

    avall: int
    pre2008: int
    pre1982: int
    has_long_narratives: bool


SAMPLES = Size(450, 500, 300, has_long_narratives=False)
NTSB = Size(30_400, 63_000, 87_000, has_long_narratives=True)


def scaled(scale: float) -> Size:
    """Return a multiple of the size of NTSB's files. Raises ValueError if it is below SMALLEST_SCALE."""
    if scale < SMALLEST_SCALE:
        raise ValueError(f"scale: expected {SMALLEST_SCALE} or more, found {scale}")
    avall, pre2008, pre1982 = (round(count * scale) for count in NTSB[:3])
    return Size(avall, pre2008, pre1982, NTSB.has_long_narratives)


def make(folder: Path, size: Size = SAMPLES) -> None:
    """Write the four zips and manifest.json into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    modern = read_schema(HERE / "schema_modern.csv")
    older = {t: [c for c in columns if (t, c.name) != ("Findings", "cm_inPc")] for t, columns in modern.items()}
    lookups = lookup_rows(modern)
    avall, pre2008, weekly, notes_by_file = modern_files(size)
    pre1982_defects = Defects(Sampler(SEED, 9), pre1982_tables(Sampler(SEED, 8), size.pre1982), set())
    plant_pre1982(pre1982_defects)
    manifest = {
        "avall": write(folder, "avall.mdb", modern, avall | lookups, notes_by_file["avall"], date(2025, 11, 1)),
        "Pre2008": write(folder, "Pre2008.mdb", older, pre2008 | lookups, notes_by_file["Pre2008"], date(2021, 12, 20)),
        "up08NOV": write(folder, "up08NOV.mdb", modern, weekly | lookups, notes_by_file["up08NOV"], date(2025, 11, 8)),
        "PRE1982": write(
            folder,
            "PRE1982.MDB",
            read_schema(HERE / "schema_pre1982.csv"),
            pre1982_defects.tables,
            {"defects": pre1982_defects.planted},
            date(2005, 6, 1),
        ),
    }
    text = json.dumps({"seed": SEED, **manifest}, indent=1, ensure_ascii=False)
    (folder / "manifest.json").write_text(text + "\n", encoding="utf-8")


def modern_files(size: Size) -> tuple[Tables, Tables, Tables, dict[str, Any]]:
    """Return the rows of avall, Pre2008 and the weekly file, and the manifest entries of each."""
    avall = modern_tables(Sampler(SEED, 2), draw_events(Sampler(SEED, 1), size.avall, AVALL), legacy=False)
    pre2008 = modern_tables(Sampler(SEED, 4), draw_events(Sampler(SEED, 3), size.pre2008, PRE2008), legacy=True)
    new = modern_tables(Sampler(SEED, 6), draw_events(Sampler(SEED, 5), 20, WEEK), legacy=False)
    if size.has_long_narratives:
        for stream, (source, tables) in enumerate((("avall", avall), ("Pre2008", pre2008), ("avall", new)), 12):
            lengthen(Sampler(SEED, stream), source, tables["narratives"])
    sampler = Sampler(SEED, 7)
    recent = [row["ev_id"] for row in avall["events"][-200:]]
    resent = sampler.subset(recent, REVISED + UNCHANGED)
    old, *shared = sampler.subset([row["ev_id"] for row in pre2008["events"]], 1 + SHARED_EVENTS)
    weekly, log = weekly_tables(sampler, new, avall, resent[UNCHANGED:], resent[:UNCHANGED], pre2008, old)
    for table, rows in avall.items():
        if table not in LEGACY:
            rows.extend(deepcopy([row for row in pre2008[table] if row["ev_id"] in shared]))
    notes_by_file: dict[str, Any] = {"up08NOV": {"defects": {}, **log}}
    for name, tables, legacy, stream in (("avall", avall, False, 10), ("Pre2008", pre2008, True, 11)):
        defects = Defects(Sampler(SEED, stream), tables, {*resent, *shared, old})
        plant_modern(defects, legacy)
        if not legacy:
            defects.record("event_in_both_files", "events", [r for r in tables["events"] if r["ev_id"] in shared])
        notes_by_file[name] = {"defects": defects.planted}
    return avall, pre2008, weekly, notes_by_file


def write(
    folder: Path, name: str, schema: dict[str, list[Column]], tables: Tables, notes: dict[str, Any], created: date
) -> dict[str, Any]:
    """Write one zip named like its Access file and return its manifest entry."""
    with tempfile.TemporaryDirectory() as temporary:
        mdb = Path(temporary) / name
        marker = {MARKER: [Column("notice", "TEXT", 255)]}
        write_access(mdb, {**schema, **marker}, {**tables, MARKER: [{"notice": NOTICE}]}, created)
        zip_access(mdb, folder / f"{mdb.stem}.zip")
        digest = hashlib.sha256(mdb.read_bytes()).hexdigest()
    rows = {table: len(tables.get(table, ())) for table in schema}
    return {**notes, "file": name, "mdb_sha256": digest, "rows": rows}


def api_cases(size: Size = SAMPLES) -> list[dict[str, Any]]:
    """Return the events of avall and the weekly file as cases of the API, sorted by date, each in its newest state."""
    avall, _, weekly, _ = modern_files(size)
    return api.cases(api.newest(avall, weekly))


def make_api(folder: Path, size: Size = SAMPLES, page_size: int = api_archive.PAGE_SIZE) -> list[Path]:
    """Write an archive per month from the first month of avall to the last of the weekly file; return their paths."""
    first, last = f"{AVALL.first:%Y-%m}", f"{WEEK.last:%Y-%m}"
    return api_archive.write_archive(folder, api_cases(size), first, last, page_size)


def main(argv: Sequence[str] | None = None) -> None:
    """Write the files that the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path, default=HERE, metavar="FOLDER")
    parser.add_argument("--scale", type=float, help="multiple of the number of events in NTSB's files")
    parser.add_argument("--api", action="store_true", help="write archives of months of the API; FOLDER is required")
    options = parser.parse_args(argv)
    if options.api and options.folder == HERE:
        parser.error("--api: expected a FOLDER, found none")
    (make_api if options.api else make)(options.folder, SAMPLES if options.scale is None else scaled(options.scale))


if __name__ == "__main__":
    main()
