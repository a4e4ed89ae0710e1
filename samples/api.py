"""The events of Access files as cases of NTSB's Enterprise API, with the properties that are easy to misread.

No ev_id; texts instead of codes; the date in UTC although `eventIsUtc` is false; a weather row per source of the
pilot's briefing; inches of mercury in a field named mmHg; a total that counts injured persons only; findings and events
without order; factors in `inProbableCause`; narratives that depend on the state of the case.
"""

import zlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from samples import MARKER_FIELD, NOTICE
from samples.api_aircraft import aircraft_of
from samples.api_texts import Case, Row, Texts, answer, clock, day, joined, sample_texts, second, utc_offset
from samples.api_weather import weather_of

Tables = Mapping[str, Sequence[Row]]
STATUS: dict[Any, str] = {"F": "N/A", "P": "Ongoing"}
# The rest of the fields that have no column.
EMPTY: Case = {
    "launchType": None,
    "region": None,
    "investigationClass": None,
    "reportNumber": None,
    "lastRevisionDate": None,
    "publishProfile": None,
    "boardMemberLaunch": False,
    "boardMeetingDate": None,
    "docketOpenDate": None,
    "docketPage": None,
    "investigationPage": None,
    "reportPage": None,
    "hasSafetyRecommendation": False,
    "isStudy": False,
    "eventLocation": None,
    "eventHazmatInvolved": False,
    "eventEnvironmentalDamage": None,
    "weatherPrecipitations": [],
    "richNarratives": None,
}


def cases(tables: Tables, texts: Texts = sample_texts) -> list[Case]:
    """Return the cases of all events with a date, sorted by date and mKey. `tables`: {Access table: rows}."""
    grouped = {name: _by_event(rows) for name, rows in tables.items()}
    converted = [
        case_of(event, {name: rows.get(event["ev_id"], []) for name, rows in grouped.items()}, texts)
        for event in tables["events"]
        if event.get("ev_date")
    ]
    return sorted(converted, key=lambda case: (case["eventDate"], case["mKey"]))


def newest(older: Tables, newer: Tables) -> dict[str, list[Row]]:
    """Return the rows of both files, those of an event from `newer` if it has the event and its change is not older."""
    changed = {row["ev_id"]: row["lchg_date"] for row in older["events"]}
    kept = {r["ev_id"] for r in newer["events"] if r["lchg_date"] >= changed.get(r["ev_id"], r["lchg_date"])}
    return {
        name: [row for row in rows if row["ev_id"] not in kept]
        + [row for row in newer.get(name, ()) if row["ev_id"] in kept]
        for name, rows in older.items()
        if not rows or "ev_id" in rows[0]
    }


def mkey_of(ev_id: str) -> int:
    """Return the key of a case: the last six digits of an ev_id since 2020-09-28; before, a number of the API only."""
    if ev_id.isdigit():
        return int(ev_id[-6:])
    year, digits = ev_id[:4], ev_id[4:8] + ev_id[9:]
    if year.isdigit() and digits.isdigit() and len(digits) == 9:
        return 10**9 + (int(year) - 1980) % 80 * 10**9 // 80 + int(digits) % (10**9 // 80)
    return 2 * 10**9 + zlib.crc32(ev_id.encode()) % 10**8


def case_of(event: Row, rows: Mapping[str, list[Row]], texts: Texts) -> Case:
    """Return one case. `rows`: the event's rows by table."""
    admin = (rows.get("NTSB_Admin") or [{}])[0]
    completed = STATUS.get(admin.get("rec_stat"), "Completed")
    details = rows.get("dt_events", [])
    return {
        MARKER_FIELD: NOTICE,
        "mKey": mkey_of(event["ev_id"]),
        "ntsbNumber": event.get("ntsb_no"),
        **_state_of(event, admin, completed, texts),
        **EMPTY,
        **_time_and_location(event),
        "eventPropertyDamage": joined(
            texts("dt_events", "prop_dmg", row["code"]) for row in details if row["col_name"] == "prop_dmg"
        ),
        "eventCollisionWithOtherAircraft": _collision(event),
        **_injuries_of(event, texts),
        "investigatingParties": ["FAA"],
        "weatherConditions": weather_of(event, details, texts),
        "narratives": [narrative_of(row, event, completed) for row in rows.get("narratives", [])],
        "aircrafts": [aircraft_of(row, event, rows, texts) for row in rows.get("aircraft", [])],
    }


def narrative_of(row: Row, event: Row, completed: str) -> Case:
    """Return the narratives of an aircraft: preliminary until completion; before 2016, a missing factual is a copy."""
    is_open = completed == "Ongoing"
    analysis, factual = row.get("narr_accp"), row.get("narr_accf")
    is_copied = factual is None and not is_open and event["ev_date"].year < 2016
    return {
        "aircraftNumber": row["Aircraft_Key"],
        "probableCause": row.get("narr_cause"),
        "analysisNarrative": None if is_open else analysis,
        "concatenatedFactualNarrative": analysis if is_copied else factual,
        "prelimNarrative": analysis if is_open else None,
    }


def _by_event(rows: Iterable[Row]) -> dict[Any, list[Row]]:
    grouped = defaultdict(list)
    for row in rows:
        if "ev_id" in row:
            grouped[row["ev_id"]].append(row)
    return grouped


def _state_of(event: Row, admin: Row, completed: str, texts: Texts) -> Case:
    published = second(event.get("lchg_date"))
    is_closed = completed != "Ongoing"
    return {
        "isPost2008": event["ev_date"].year >= 2008,
        "isPre1982": event["ev_date"].year < 1982,
        "mode": "Aviation",
        "topicMode": "Aviation",
        "eventType": texts("events", "ev_type", event.get("ev_type")),
        "completionStatus": completed,
        "caseClosed": is_closed,
        "caseType": None if completed == "N/A" else "Limited",
        "leadAgency": texts("events", "invest_agy", event.get("invest_agy")),
        "reportType": "Final" if is_closed else "Prelim",
        "reportDate": day(admin.get("approval_date")),
        "originalPublishedDate": published,
        "publishDateTime": published,
        "factualFinalReportFlavor": "Standard report",
        "factualPublishedDate": None,
        "caseCreatedDateTimeUtc": f"{event['ev_id'][:4]}-{event['ev_id'][4:6]}-{event['ev_id'][6:8]}T00:00:00",
    }


def _time_and_location(event: Row) -> Case:
    return {
        "eventDate": day(event["ev_date"]),
        "eventTimeUtc": clock(event.get("ev_time")),
        "eventTimeUtcOffsetHours": utc_offset(event),
        "eventIsUtc": False,
        "eventCity": event.get("ev_city"),
        "eventStateOrRegion": event.get("ev_state"),
        "eventZipcode": event.get("ev_site_zipcode"),
        "eventCountry": event.get("ev_country"),
        "eventLatitude": event.get("dec_latitude"),
        "eventLongitude": event.get("dec_longitude"),
        "eventLatLongEstimated": {"EST": True, "MEAS": False}.get(event.get("latlong_acq") or ""),
    }


def _collision(event: Row) -> str | None:
    answers = answer(event.get("mid_air")), answer(event.get("on_ground_collision"))
    if answers == (None, None):
        return None
    return "Midair" if answers[0] else "On-ground" if answers[1] else "None"


def _injuries_of(event: Row, texts: Texts) -> Case:
    counts: Case = {"highestInjuryLevel": texts("events", "ev_highest_injury", event.get("ev_highest_injury"))}
    for letter, level in zip("fsm", ("Fatal", "Serious", "Minor"), strict=True):
        aboard, ground = event.get(f"inj_tot_{letter}"), event.get(f"inj_{letter}_grnd")
        counts |= {f"total{level}": (aboard or 0) + (ground or 0)}
        counts |= {f"onboard{level}": aboard, f"onground{level}": ground}
    return counts | {"totalNone": event.get("inj_tot_n") or 0, "onboardNone": event.get("inj_tot_n")}
