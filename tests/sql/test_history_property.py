"""History, by property: any sequence of releases can be had again, and the difference of any two is what it is."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg2.extensions import connection as Connection
from releases import COLUMNS, PLACE, Publisher, Snapshot, content
from test_history import ODD, A, B, C, event

from pipeline.warehouse import history

values = st.sampled_from(ODD)
numbers = st.sampled_from([None, 0.1, 1e-7, 12.3456789012345, -89.99999999999999])
rows_of_events = st.lists(
    st.tuples(st.sampled_from([A, B, C]), values, st.sampled_from(["FATL", "SERS", None]), numbers, st.integers(0, 3)),
    unique_by=lambda row: row[0],
    max_size=3,
)


@st.composite
def files(draw: st.DrawFn) -> Any:
    """An Access file: events with aircraft, findings and narratives, and lookup tables."""
    told = draw(rows_of_events)
    aircraft = [{"ev_id": ev_id, "aircraft_key": 1, "acft_make": draw(values)} for ev_id, *_ in told]
    findings = [
        {"ev_id": ev_id, "aircraft_key": 1, "finding_no": n, "finding_code": draw(values), "cause_factor": draw(values)}
        for ev_id, *_, number in told
        for n in range(number)
    ]
    return {
        "events": [
            event(
                ev_id,
                ev_city=city,
                ev_highest_injury=worst,
                dec_latitude=north,
                dec_longitude=north,
                ev_date="2020-02-29",
            )
            for ev_id, city, worst, north, _ in told
        ],
        "aircraft": aircraft,
        "findings": findings,
        "narratives": [{"ev_id": ev_id, "aircraft_key": 1, "narr_accp": draw(values)} for ev_id, *_ in told[:2]],
        "country": [{"country_code": code} for code in draw(st.lists(st.sampled_from("XYZ"), unique=True))],
        "ct_iaids": [{"ct_name": "n", "meaning": draw(values)} for _ in range(draw(st.integers(0, 2)))],
    }


@pytest.mark.parametrize("together", [1, history.MIN_RUN_ROWS], ids=["in runs", "row by row"])
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_every_release_can_be_had_again(database: Connection, together: int, data: st.DataObject) -> None:
    """Random files come, change and go; then every table of every release, and the difference of every two."""
    publisher = Publisher(database, together)
    snapshot: Snapshot = {}
    for _ in range(data.draw(st.integers(2, 5))):
        source = data.draw(st.sampled_from(["avall", "up01NOV", "up08NOV"]))
        if source in snapshot and data.draw(st.booleans()):
            snapshot = {name: file for name, file in snapshot.items() if name != source}
        else:
            told = snapshot | {source: data.draw(files())}
            snapshot = {name: told[name] for name in sorted(told)}
        publisher.publish(snapshot)
    for release, digests in publisher.digests.items():
        assert {table: publisher.as_of(table, release) for table in COLUMNS} == {
            table: (digest, 0) for table, digest in digests.items()
        }
    for one in publisher.tables:
        for other in publisher.tables:
            assert differing(publisher, one, other) == expected(publisher, one, other)


def differing(publisher: Publisher, one: str, other: str) -> dict[tuple[str, str], str]:
    """{(table, key): kind} as the database says."""
    return {
        (table, key): kind
        for table, key, kind in publisher.ask(
            "select table_name, row_key, kind from history.difference(%s, %s)", one, other
        )
    }


def expected(publisher: Publisher, one: str, other: str) -> dict[tuple[str, str], str]:
    """The same from the rows themselves."""
    was, now = content(publisher.tables[one]), content(publisher.tables[other])
    found = {}
    for key in was.keys() | now.keys():
        if was.get(key) != now.get(key):
            table, *parts = key
            numbers = {"aircraft": (1,), "narratives": (1,), "findings": (1, 2), "ct_iaids": (0,)}.get(table, ())
            texts = ", ".join(part if at in numbers else f'"{part}"' for at, part in enumerate(parts))
            found[(table, f"[{texts}]")] = "new" if key not in was else "withdrawn" if key not in now else "revised"
    return found


def test_places_are_no_content() -> None:
    assert set(PLACE) == {"era", "source_file", "source_row"}
