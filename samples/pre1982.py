"""A made-up PRE1982 file: 1962 to 1981, one row per aircraft, values in the old codes."""

import csv
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from samples.causes import CAUSES, Cause
from samples.defects import Defects
from samples.dice import Dice
from samples.pre1982_facts import Record
from samples.pre1982_rows import cause_rows, first_half, occurrence_rows, second_half
from samples.vocabulary import PLACES

Row = dict[str, Any]
Tables = dict[str, list[Row]]
CODES = Path(__file__).parent / "codes_pre1982.csv"
FIRST_RECORD = 40
MAKES = (
    ("CESSNA", "039", "172", 16),
    ("CESSNA", "039", "150", 14),
    ("PIPER", "124", "PA-28", 14),
    ("PIPER", "124", "PA-18", 10),
    ("BEECH", "022", "35", 8),
    ("PEECH", "022", "35", 1),
    ("BELL", "024", "47G", 5),
    ("GRUMMAN", "071", "G-164", 4),
    ("BOEING", "027", "727", 3),
    ("DOUGLAS", "055", "DC-9", 3),
)
SHARES = (0.17, 0.09, 0.10)  # of aircraft by worst injury: fatal, serious, minor
HOME = [place for place in PLACES if place.country == "USA"]


def pre1982_tables(dice: Dice, count: int) -> Tables:
    """Rows of the five tables: `count` aircraft, the last of which met each other in pairs."""
    records = sorted((draw_record(dice) for _ in range(count)), key=lambda record: record.moment)
    cuts = np.quantile([record.score for record in records], 1 - np.cumsum(SHARES))
    serials: dict[int, int] = {}
    for place, record in enumerate(records):
        record.number = FIRST_RECORD + place
        record.worst = int(np.searchsorted(-cuts, -record.score))
        serials[record.moment.year] = serials.get(record.moment.year, 0) + 1
        record.docket = f"{(record.moment.year - 1960) // 2} {serials[record.moment.year]:04d}"
    for one, other in zip(records[20::70], records[21::70], strict=False):
        collide(one, other)
    tables: Tables = {"tblFirstHalf": [first_half(dice, record) for record in records]}
    tables["tblSecondHalf"] = [second_half(dice, record) for record in records]
    tables["tblOccurrences"] = numbered([row for record in records for row in occurrence_rows(dice, record)])
    tables["tblSeqOfEvents"] = numbered([row for record in records for row in cause_rows(record)])
    tables["ct_Pre1982"] = code_rows()
    return tables


def draw_record(dice: Dice) -> Record:
    """One aircraft without number, docket and severity."""
    moment = datetime(1962, 1, 1) + timedelta(days=dice.whole(0, 20 * 365), minutes=dice.whole(300, 1300))
    cause = dice.pick([c for c in CAUSES if c.name != "midair"])
    make = dice.pick(MAKES, [m[3] for m in MAKES])
    airline = make[0] in ("BOEING", "DOUGLAS")
    imc = dice.chance(0.5 if cause.name == "terrain" else 0.06)
    night = moment.hour >= 20 or moment.hour < 6
    hours = int(dice.skewed(7000 if airline else 500, 0.9)) + 3
    score = cause.effect + 1.3 * imc + 0.8 * night - 1.5 * airline - 0.15 * (np.log(hours) - 6) + dice.normal(0, 1)
    return Record(
        moment=moment,
        place=dice.pick(HOME),
        cause=cause,
        second=dice.maybe(0.4, other_cause(dice, cause)),
        make=make[:3],
        airline=airline,
        imc=imc,
        night=night,
        hours=hours,
        age=int(np.clip(dice.normal(40, 11), 17, 80)),
        copilot=airline or dice.chance(0.06),
        aboard=dice.whole(20, 110) if airline else dice.whole(1, 4),
        registration=f"N{dice.whole(1000, 9999)}{dice.pick('CHRWXYZ')}",
        score=float(score),
    )


def other_cause(dice: Dice, cause: Cause) -> Cause:
    """A cause for the second occurrence."""
    return dice.pick([c for c in CAUSES if c.name not in (cause.name, "midair")])


def collide(one: Record, other: Record) -> None:
    """Makes two records the two aircraft of one collision: same place, time and docket."""
    other.moment, other.place, other.docket = one.moment, one.place, one.docket
    other.imc, other.night = one.imc, one.night
    one.met, other.met = other, one
    for record in (one, other):
        record.cause = next(cause for cause in CAUSES if cause.name == "midair")
        record.second = None


def code_rows() -> list[Row]:
    """Rows of ct_Pre1982."""
    with CODES.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def numbered(rows: list[Row]) -> list[Row]:
    """Rows with a running ID."""
    return [{"ID": number, **row} for number, row in enumerate(rows, 1)]


def plant_pre1982(defects: Defects) -> None:
    """Defects of PRE1982, every kind at least once."""
    first = "tblFirstHalf"
    defects.put("time_invalid", first, "TIME_OCCUR", ("2561", "9999", "24 0", "  "))
    defects.put("age_code_unreadable", first, "AGE_PILOT1", ("ZZ", "C", "0AA"))
    defects.put("hours_unreadable", first, "HOURS_TOTAL_PILOT1", ("ABCDE", "-0012A", "Z"))
    defects.put("state_code_unknown", first, "LOCAT_STATE_TERR", ("93", "99", "0"))
    defects.put("damage_code_unknown", first, "ACFT_ADAMG", ("X", "?"))
    defects.put("injury_index_unknown", first, "INJURY_INDEX", ("Q",))
    died: Row = {"INJURY_INDEX": "N"}
    defects.change("injury_index_mismatch", first, lambda row: died, 1, lambda row: row["TOTAL_ABRD_FATAL"] > 0)
    defects.put("date_missing", first, "DATE_OCCURRENCE", (None,))
    defects.put("date_out_of_range", first, "DATE_OCCURRENCE", (datetime(2062, 7, 23),))
    more = 5
    defects.change("total_aboard_mismatch", first, lambda row: {"TOTAL_ABRD_TOTALS": row["TOTAL_ABRD_TOTALS"] + more})
    defects.put("cause_code_unknown", "tblSeqOfEvents", "CFCode", ("9999", "64ZZZ", ""), 2)
    defects.add("record_duplicate", first, lambda _, row: {})
    defects.add("second_half_without_first", "tblSecondHalf", lambda _, row: {"RecNum": row["RecNum"] + 900000})
    gone = defects.rows("tblSecondHalf", 1, lambda row: row["RecNum"] < 900000)
    defects.note("first_half_without_second", "tblSecondHalf", gone)
    defects.tables["tblSecondHalf"] = [row for row in defects.tables["tblSecondHalf"] if row not in gone]
    for table in ("tblOccurrences", "tblSeqOfEvents"):
        top = max(row["ID"] for row in defects.tables[table])
        defects.add(f"orphan_{table}", table, partial(lost, top))


def lost(top: int, number: int, row: Row) -> Row:
    """A record that is not there, under an ID of its own."""
    return {"ID": top + 1 + number, "RecNum": row["RecNum"] + 900000}
