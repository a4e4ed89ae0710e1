"""A weekly file: new events, revised events with all their rows, and some events without a change."""

from copy import deepcopy
from datetime import datetime
from typing import Any

from samples.modern_rows import Row, Tables
from samples.sampler import Sampler

CHANGED = datetime(2025, 11, 7, 9, 15)
APPROVED = datetime(2025, 11, 5)
ADDED = "\r\n\r\nUPDATE\r\nThis text was revised on November 5, 2025."


def weekly_tables(
    sampler: Sampler, new: Tables, avall: Tables, revised: list[str], unchanged: list[str], pre2008: Tables, old: str
) -> tuple[Tables, dict[str, Any]]:
    """Return {table: rows} of the weekly file, and its manifest entry.

    `revised` and `unchanged` are ids of events of avall, `old` is one of Pre2008. The input rows are not modified.
    """
    tables: Tables = {}
    log: dict[str, set[str]] = {ev_id: set() for ev_id in [*revised, old]}
    for table in new:
        rows = [row for row in avall[table] if row["ev_id"] in {*revised, *unchanged}]
        rows += [row for row in pre2008[table] if row["ev_id"] == old]
        tables[table] = deepcopy(rows)
        for row in tables[table]:
            if row["ev_id"] in log:
                row["lchg_date"] = CHANGED
                log[row["ev_id"]].update(revise(sampler, table, row))
    withdrawn = withdraw(sampler, tables, log)
    worsen(tables, log)
    for table, rows in new.items():
        tables[table] = sorted(tables[table] + rows, key=lambda row: str(row["ev_id"]))
    return tables, {
        "new": sorted(row["ev_id"] for row in new["events"]),
        "changed": {ev_id: sorted(edits) or ["lchg_date only"] for ev_id, edits in sorted(log.items())},
        "sent_again_unchanged": sorted(unchanged),
        "changed_event_of_Pre2008": [old],
        "findings_withdrawn": withdrawn,
    }


def revise(sampler: Sampler, table: str, row: Row) -> list[str]:
    """Change a row at random, as investigations do; return the changed columns."""
    edits: dict[str, dict[str, Any]] = {
        "NTSB_Admin": {"rec_stat": "B", "approval_date": APPROVED},
        "narratives": {"narr_accf": (row.get("narr_accf") or "") + ADDED},
        "aircraft": {"damage": "DEST"} if row.get("damage") == "SUBS" else {"regis_no": "N9999Z"},
        "events": {"ev_site_zipcode": "99999"},
        "Flight_Crew": {"crew_age": 51},
        "flight_time": {"flight_hours": row.get("flight_hours", 0.0) + 10},
    }
    if not sampler.chance(0.5 if table in ("NTSB_Admin", "narratives") else 0.25):
        return []
    row.update(edits.get(table, {}))
    return [f"{table}.{column}" for column in edits.get(table, {})]


def withdraw(sampler: Sampler, tables: Tables, log: dict[str, set[str]]) -> int:
    """Remove some findings after the first; return their number."""
    removed = [
        row for row in tables["Findings"] if row["ev_id"] in log and row["finding_no"] > 1 and sampler.chance(0.4)
    ]
    tables["Findings"] = [row for row in tables["Findings"] if row not in removed]
    for row in removed:
        log[row["ev_id"]].add("Findings: row(s) withdrawn")
    return len(removed)


def worsen(tables: Tables, log: dict[str, set[str]]) -> None:
    """Change the only serious injury of one event to fatal, in all tables."""
    candidates = [r for r in tables["events"] if r["ev_id"] in log and r["inj_tot_s"] == 1 and r["inj_tot_t"] == 1]
    for event in candidates[:1]:
        event.update(inj_tot_s=0, inj_tot_f=1, ev_highest_injury="FATL")
        for table, column in (("injury", "injury_level"), ("Flight_Crew", "crew_inj_level")):
            for row in tables[table]:
                if row["ev_id"] == event["ev_id"] and row[column] == "SERS":
                    row[column] = "FATL"
        log[event["ev_id"]].add("events: one serious injury became fatal")
