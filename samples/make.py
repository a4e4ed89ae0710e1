"""Writes the sample files: `python -m samples.make [FOLDER]`. The same bytes every time.

Four zips with Access files of made-up events, and manifest.json: rows per table, and for every kind of planted
defect its table, count and keys. The default folder is the one this module lies in.
"""

import hashlib
import json
import sys
import tempfile
from collections.abc import Sequence
from copy import deepcopy
from datetime import date
from pathlib import Path
from typing import Any

from samples.defects import Defects
from samples.dice import Dice
from samples.facts import Era
from samples.jet4 import Column, read_schema, write_access, zip_access
from samples.lookups import lookup_rows
from samples.modern import draw_events
from samples.modern_defects import plant_modern
from samples.modern_rows import Tables, modern_tables
from samples.pre1982 import plant_pre1982, pre1982_tables
from samples.weekly import weekly_tables

HERE = Path(__file__).parent
SEED = 1926
# Fiscal 2008 begins in October 2007, so numbers start where those of Pre2008 cannot reach.
AVALL = Era("avall", date(2008, 1, 1), date(2025, 10, 31), date(2020, 9, 25), date(2025, 10, 31), 102000, 201)
# Ends a day early, so that no event falls into 2008 in UTC.
PRE2008 = Era("Pre2008", date(1982, 1, 1), date(2007, 12, 30), date(2021, 9, 20), date(2021, 12, 19), 0, 1)
WEEK = Era("up08NOV", date(2025, 10, 27), date(2025, 11, 5), date(2025, 11, 3), date(2025, 11, 6), 900000, 500)
SHARED_EVENTS = 3  # of Pre2008 that avall holds too
REVISED, SAME = 16, 3  # events of avall in the weekly file
LEGACY = ("Occurrences", "seq_of_events")


def make(folder: Path) -> None:
    """Writes the four zips and manifest.json into `folder`."""
    modern = read_schema(HERE / "schema_modern.csv")
    older = {t: [c for c in columns if (t, c.name) != ("Findings", "cm_inPc")] for t, columns in modern.items()}
    lookups = lookup_rows(modern)
    avall, pre2008, weekly, accounts = modern_files()
    old_defects = Defects(Dice(SEED, 9), pre1982_tables(Dice(SEED, 8), 300), set())
    plant_pre1982(old_defects)
    manifest = {
        "avall": write(folder, "avall.mdb", modern, avall | lookups, accounts["avall"], date(2025, 11, 1)),
        "Pre2008": write(folder, "Pre2008.mdb", older, pre2008 | lookups, accounts["Pre2008"], date(2021, 12, 20)),
        "up08NOV": write(folder, "up08NOV.mdb", modern, weekly | lookups, accounts["up08NOV"], date(2025, 11, 8)),
        "PRE1982": write(
            folder,
            "PRE1982.MDB",
            read_schema(HERE / "schema_pre1982.csv"),
            old_defects.tables,
            {"defects": old_defects.account},
            date(2005, 6, 1),
        ),
    }
    text = json.dumps({"seed": SEED, **manifest}, indent=1, ensure_ascii=False)
    (folder / "manifest.json").write_text(text + "\n", encoding="utf-8")


def modern_files() -> tuple[Tables, Tables, Tables, dict[str, Any]]:
    """Rows of avall, Pre2008 and the weekly file, and what was done to each."""
    avall = modern_tables(Dice(SEED, 2), draw_events(Dice(SEED, 1), 450, AVALL), legacy=False)
    pre2008 = modern_tables(Dice(SEED, 4), draw_events(Dice(SEED, 3), 500, PRE2008), legacy=True)
    fresh = modern_tables(Dice(SEED, 6), draw_events(Dice(SEED, 5), 20, WEEK), legacy=False)
    dice = Dice(SEED, 7)
    recent = [row["ev_id"] for row in avall["events"][-200:]]
    sent = dice.some(recent, REVISED + SAME)
    old, *shared = dice.some([row["ev_id"] for row in pre2008["events"]], 1 + SHARED_EVENTS)
    weekly, log = weekly_tables(dice, fresh, avall, sent[SAME:], sent[:SAME], pre2008, old)
    for table, rows in avall.items():
        if table not in LEGACY:
            rows.extend(deepcopy([row for row in pre2008[table] if row["ev_id"] in shared]))
    accounts: dict[str, Any] = {"up08NOV": {"defects": {}, **log}}
    for name, tables, legacy, stream in (("avall", avall, False, 10), ("Pre2008", pre2008, True, 11)):
        defects = Defects(Dice(SEED, stream), tables, {*sent, *shared, old})
        plant_modern(defects, legacy)
        if not legacy:
            defects.note("event_in_both_files", "events", [r for r in tables["events"] if r["ev_id"] in shared])
        accounts[name] = {"defects": defects.account}
    return avall, pre2008, weekly, accounts


def write(
    folder: Path, name: str, schema: dict[str, list[Column]], tables: Tables, account: dict[str, Any], created: date
) -> dict[str, Any]:
    """Writes one zip named like its Access file; returns what the manifest says of it."""
    with tempfile.TemporaryDirectory() as place:
        mdb = Path(place) / name
        write_access(mdb, schema, tables, created)
        zip_access(mdb, folder / f"{mdb.stem}.zip")
        digest = hashlib.sha256(mdb.read_bytes()).hexdigest()
    rows = {table: len(tables.get(table, ())) for table in schema}
    return {**account, "file": name, "mdb_sha256": digest, "rows": rows}


def main(arguments: Sequence[str]) -> None:
    """The command."""
    make(Path(arguments[0]) if arguments else HERE)


if __name__ == "__main__":
    main(sys.argv[1:])
