"""Synthetic PRE1982 file: aircraft records of 1962 to 1981 in the codes of those years."""

import csv
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from samples.causes import CAUSES, Cause
from samples.defects import Defects
from samples.pre1982_record import Record
from samples.pre1982_rows import cause_rows, first_half, occurrence_rows, second_half
from samples.sampler import Sampler
from samples.vocabulary import LOCATIONS

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
SHARES = (0.17, 0.09, 0.10)  # shares of aircraft by highest injury: fatal, serious, minor
HOME = [location for location in LOCATIONS if location.country == "USA"]


def pre1982_tables(sampler: Sampler, count: int) -> Tables:
    """Return {table: rows} of the five tables for `count` aircraft, some of which collided in pairs."""
    records = sorted((draw_record(sampler) for _ in range(count)), key=lambda record: record.local_time)
    cuts = np.quantile([record.score for record in records], 1 - np.cumsum(SHARES))
    serials: dict[int, int] = {}
    for index, record in enumerate(records):
        record.number = FIRST_RECORD + index
        record.worst = int(np.searchsorted(-cuts, -record.score))
        serials[record.local_time.year] = serials.get(record.local_time.year, 0) + 1
        record.docket = f"{(record.local_time.year - 1960) // 2} {serials[record.local_time.year]:04d}"
    for one, other in zip(records[20::70], records[21::70], strict=False):
        collide(one, other)
    tables: Tables = {"tblFirstHalf": [first_half(sampler, record) for record in records]}
    tables["tblSecondHalf"] = [second_half(sampler, record) for record in records]
    tables["tblOccurrences"] = numbered([row for record in records for row in occurrence_rows(sampler, record)])
    tables["tblSeqOfEvents"] = numbered([row for record in records for row in cause_rows(record)])
    tables["ct_Pre1982"] = code_rows()
    return tables


def draw_record(sampler: Sampler) -> Record:
    """Draw one aircraft record, without number, docket and severity."""
    local_time = datetime(1962, 1, 1) + timedelta(days=sampler.integer(0, 20 * 365), minutes=sampler.integer(300, 1300))
    cause = sampler.choice([c for c in CAUSES if c.name != "midair"])
    make = sampler.choice(MAKES, [m[3] for m in MAKES])
    airline = make[0] in ("BOEING", "DOUGLAS")
    imc = sampler.chance(0.5 if cause.name == "terrain" else 0.06)
    night = local_time.hour >= 20 or local_time.hour < 6
    hours = int(sampler.lognormal(7000 if airline else 500, 0.9)) + 3
    score = cause.effect + 1.3 * imc + 0.8 * night - 1.5 * airline - 0.15 * (np.log(hours) - 6) + sampler.normal(0, 1)
    return Record(
        local_time=local_time,
        location=sampler.choice(HOME),
        cause=cause,
        second=sampler.optional(0.4, other_cause(sampler, cause)),
        make=make[:3],
        airline=airline,
        imc=imc,
        night=night,
        hours=hours,
        age=int(np.clip(sampler.normal(40, 11), 17, 80)),
        copilot=airline or sampler.chance(0.06),
        aboard=sampler.integer(20, 110) if airline else sampler.integer(1, 4),
        registration=f"N{sampler.integer(1000, 9999)}{sampler.choice('CHRWXYZ')}",
        score=float(score),
    )


def other_cause(sampler: Sampler, cause: Cause) -> Cause:
    """Draw the cause of the second occurrence."""
    return sampler.choice([c for c in CAUSES if c.name not in (cause.name, "midair")])


def collide(one: Record, other: Record) -> None:
    """Turn two records into the aircraft of one collision: same location, time and docket."""
    other.local_time, other.location, other.docket = one.local_time, one.location, one.docket
    other.imc, other.night = one.imc, one.night
    one.collided_with, other.collided_with = other, one
    for record in (one, other):
        record.cause = next(cause for cause in CAUSES if cause.name == "midair")
        record.second = None


def code_rows() -> list[Row]:
    """Return the rows of ct_Pre1982."""
    with CODES.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def numbered(rows: list[Row]) -> list[Row]:
    """Return the rows with a sequential ID."""
    return [{"ID": number, **row} for number, row in enumerate(rows, 1)]


def plant_pre1982(defects: Defects) -> None:
    """Plant every kind of PRE1982 defect at least once."""
    first = "tblFirstHalf"
    defects.set_column("time_invalid", first, "TIME_OCCUR", ("2561", "9999", "24 0", "  "))
    defects.set_column("age_code_unreadable", first, "AGE_PILOT1", ("ZZ", "C", "0AA"))
    defects.set_column("hours_unreadable", first, "HOURS_TOTAL_PILOT1", ("ABCDE", "-0012A", "Z"))
    defects.set_column("state_code_unknown", first, "LOCAT_STATE_TERR", ("93", "99", "0"))
    defects.set_column("damage_code_unknown", first, "ACFT_ADAMG", ("X", "?"))
    defects.set_column("injury_index_unknown", first, "INJURY_INDEX", ("Q",))
    not_injured: Row = {"INJURY_INDEX": "N"}
    defects.modify("injury_index_mismatch", first, lambda row: not_injured, 1, lambda row: row["TOTAL_ABRD_FATAL"] > 0)
    defects.set_column("date_missing", first, "DATE_OCCURRENCE", (None,))
    defects.set_column("date_out_of_range", first, "DATE_OCCURRENCE", (datetime(2062, 7, 23),))
    defects.modify("total_aboard_mismatch", first, lambda row: {"TOTAL_ABRD_TOTALS": row["TOTAL_ABRD_TOTALS"] + 5})
    defects.set_column("cause_code_unknown", "tblSeqOfEvents", "CFCode", ("9999", "64ZZZ", ""), 2)
    defects.append_copies("record_duplicate", first, lambda _, row: {})
    defects.append_copies(
        "second_half_without_first", "tblSecondHalf", lambda _, row: {"RecNum": row["RecNum"] + 900000}
    )
    removed = defects.rows("tblSecondHalf", 1, lambda row: row["RecNum"] < 900000)
    defects.record("first_half_without_second", "tblSecondHalf", removed)
    defects.tables["tblSecondHalf"] = [row for row in defects.tables["tblSecondHalf"] if row not in removed]
    for table in ("tblOccurrences", "tblSeqOfEvents"):
        last_id = max(row["ID"] for row in defects.tables[table])
        defects.append_copies(f"orphan_{table}", table, partial(orphan, last_id))


def orphan(last_id: int, number: int, row: Row) -> Row:
    """Return the values that make a row an orphan with a new ID."""
    return {"ID": last_id + 1 + number, "RecNum": row["RecNum"] + 900000}
