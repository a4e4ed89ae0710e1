"""Harmonized values that depend on two codes: collision and phase, operator and purpose of the flight."""

from collections.abc import Iterator

import pytest
from empty_mart import prepared as prepared
from psycopg2.extensions import connection as Connection
from tables import load, rows

AIRCRAFT = """
    | ev_id | aircraft_key | era     | source_row |
    | mid   | 1            | pre2008 | 1          |
    | mid   | 2            | pre2008 | 2          |
    | mid   | 3            | pre2008 | 3          |
    | mid   | 4            | pre2008 | 4          |
    | old   | 1            | pre1982 | 1          |
    | old   | 2            | pre1982 | 2          |
    | old   | 3            | pre1982 | 3          |
    | old   | 4            | pre1982 | 4          |
    | old   | 5            | pre1982 | 5          |
"""
OCCURRENCES = """
    | ev_id | aircraft_key | occurrence_no | occurrence_code | phase_of_flight | era     |
    | mid   | 1            | 1             | 220             | 571             | pre2008 |
    | mid   | 2            | 1             | 230             | 541             | pre2008 |
    | mid   | 3            | 1             | 310             | 572             | pre2008 |
    | mid   | 4            | 1             | 220             | 610             | pre2008 |
"""
FIRST_HALF = """
    | recnum | type_operator | kind_fly_gena | name_comm_carr |
    | 1      | F             | CA            |                |
    | 2      | E             | A0            |                |
    | 3      | G             | CA            |                |
    | 4      | E             | C9            |                |
    | 5      |               |               | AA             |
"""
CODES = """
    | name          | code | meang                         | source_row |
    | TYPE_OPERATOR | E    | Air Taxi Operator             | 1          |
    | TYPE_OPERATOR | F    | Fixed Base Operator           | 2          |
    | TYPE_OPERATOR | G    | Federal-Public Aircraft       | 3          |
    | KIND_FLY_GENA | A0   | INSTRUCTIONAL                 | 4          |
    | KIND_FLY_GENA | CA   | COMMERCIAL - CROP CONTROL     | 5          |
    | KIND_FLY_GENA | C9   | COMMERCIAL - CONSTRUCTION     | 6          |
"""


@pytest.fixture
def mart(prepared: Connection) -> Iterator[Connection]:
    """Nine aircraft under the views of harmonized codes, in a transaction that is rolled back."""
    with prepared.cursor() as cursor:
        cursor.execute("begin")
        tables = {"aircraft": AIRCRAFT, "occurrences": OCCURRENCES, "tblfirsthalf": FIRST_HALF, "ct_pre1982": CODES}
        for table, text in tables.items():
            load(prepared, table, text)
        for view in ("codes", "code_harmonization", "aircraft_harmonized"):
            cursor.execute(f"refresh materialized view {view}")
        yield prepared
        cursor.execute("rollback")


def test_kind_of_collision_depends_on_the_phase(mart: Connection) -> None:
    """With an object on landing, with the ground en route, on the runway, and with an unknown phase."""
    query = (
        "select phase, occurrence, occurrence_basis from aircraft_harmonized where ev_id = 'mid' order by aircraft_key"
    )
    assert rows(mart, query) == [
        ("LANDING", "CTOL", "close"), ("ENROUTE", "CFIT", "close"), ("LANDING", None, "none"), ("UNK", None, "none"),
    ]  # fmt: skip


def test_purpose_takes_precedence_over_the_type_of_operator(mart: Connection) -> None:
    """A crop duster of a fixed-base operator, training with an air taxi, a public aircraft, an unspecific purpose."""
    query = (
        "select purpose, operation, operation_basis from aircraft_harmonized where ev_id = 'old' order by aircraft_key"
    )
    assert rows(mart, query) == [
        ("AAPL", "137", "close"), ("INST", "091", "close"), ("AAPL", "PUBU", "close"), ("EXLD", "135", "close"),
        (None, "121", "close"),
    ]  # fmt: skip


def test_cause_basis_is_none_only_if_no_group_has_a_counterpart(mart: Connection) -> None:
    """Weather and a miscellaneous cause, a miscellaneous cause alone, and weather with a group in no list."""
    with mart.cursor() as cursor:
        for aircraft, *groups in ((1, "82", "84"), (2, "84"), (3, "82", "99")):
            for number, group in enumerate(groups, 1):
                cursor.execute(
                    "insert into pre1982_causes (ev_id, aircraft_key, cause_no, group_code, relation_code, era, "
                    "source_file, source_row) values ('old', %s, %s, %s, 'A', 'pre1982', 'PRE1982', %s)",
                    (aircraft, number, group, aircraft),
                )
        cursor.execute("refresh materialized view aircraft_harmonized")
    query = (
        "select cause_groups, cause_basis from aircraft_harmonized where ev_id = 'old' order by aircraft_key limit 3"
    )
    assert rows(mart, query) == [("ENVIRONMENT", "close"), (None, "none"), ("ENVIRONMENT", "unmapped")]


def test_every_aircraft_has_one_row(mart: Connection) -> None:
    assert rows(mart, "select count(*), count(distinct (ev_id, aircraft_key)) from aircraft_harmonized") == [(9, 9)]
