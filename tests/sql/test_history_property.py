"""History, by property: every release of a random sequence is restored exactly, and every difference is correct."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg2.extensions import connection as Connection
from releases import COLUMNS, PROVENANCE, Publisher, Snapshot, content
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
    events = draw(rows_of_events)
    aircraft = [{"ev_id": ev_id, "aircraft_key": 1, "acft_make": draw(values)} for ev_id, *_ in events]
    findings = [
        {"ev_id": ev_id, "aircraft_key": 1, "finding_no": n, "finding_code": draw(values), "cause_factor": draw(values)}
        for ev_id, *_, number in events
        for n in range(number)
    ]
    return {
        "events": [
            event(
                ev_id,
                ev_city=city,
                ev_highest_injury=severity,
                dec_latitude=latitude,
                dec_longitude=latitude,
                ev_date="2020-02-29",
            )
            for ev_id, city, severity, latitude, _ in events
        ],
        "aircraft": aircraft,
        "findings": findings,
        "narratives": [{"ev_id": ev_id, "aircraft_key": 1, "narr_accp": draw(values)} for ev_id, *_ in events[:2]],
        "country": [{"country_code": code} for code in draw(st.lists(st.sampled_from("XYZ"), unique=True))],
        "ct_iaids": [{"ct_name": "n", "meaning": draw(values)} for _ in range(draw(st.integers(0, 2)))],
    }


@pytest.mark.parametrize("min_run_rows", [1, history.MIN_RUN_ROWS], ids=["in runs", "row by row"])
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_every_release_is_restored_exactly(database: Connection, min_run_rows: int, data: st.DataObject) -> None:
    """After random files are added, changed and removed: all tables of all releases, and all differences of two."""
    publisher = Publisher(database, min_run_rows)
    snapshot: Snapshot = {}
    for _ in range(data.draw(st.integers(2, 5))):
        source = data.draw(st.sampled_from(["avall", "up01NOV", "up08NOV"]))
        if source in snapshot and data.draw(st.booleans()):
            snapshot = {name: file for name, file in snapshot.items() if name != source}
        else:
            files_by_source = snapshot | {source: data.draw(files())}
            snapshot = dict(sorted(files_by_source.items()))
        publisher.publish(snapshot)
    for release, digests in publisher.digests.items():
        assert {table: publisher.as_of(table, release) for table in COLUMNS} == {
            table: (digest, 0) for table, digest in digests.items()
        }
    for one in publisher.tables:
        for other in publisher.tables:
            assert differing(publisher, one, other) == expected(publisher, one, other)


def differing(publisher: Publisher, one: str, other: str) -> dict[tuple[str, str], str]:
    """{(table, key): kind} from history.difference."""
    return {
        (table, key): kind
        for table, key, kind in publisher.ask(
            "select table_name, row_key, kind from history.difference(%s, %s)", one, other
        )
    }


def expected(publisher: Publisher, one: str, other: str) -> dict[tuple[str, str], str]:
    """The same, computed from the rows."""
    old, new = content(publisher.tables[one]), content(publisher.tables[other])
    kinds = {}
    for key in old.keys() | new.keys():
        if old.get(key) != new.get(key):
            table, *parts = key
            numbers = {"aircraft": (1,), "narratives": (1,), "findings": (1, 2), "ct_iaids": (0,)}.get(table, ())
            texts = ", ".join(part if index in numbers else f'"{part}"' for index, part in enumerate(parts))
            kinds[(table, f"[{texts}]")] = "new" if key not in old else "withdrawn" if key not in new else "revised"
    return kinds


def test_provenance_columns_are_not_content() -> None:
    assert set(PROVENANCE) == {"era", "source_file", "source_row"}
