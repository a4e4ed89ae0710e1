"""The role of a finding, in cause_factor or at the end of its description, in every way that files write it."""

import pytest
from empty_mart import mart as mart
from empty_mart import prepared as prepared
from psycopg2.extensions import connection as Connection
from tables import rows

from pipeline.config import REPOSITORY

INSERT = """
    insert into findings (
        ev_id, aircraft_key, finding_no, finding_code, finding_description, cause_factor, cm_inpc, era
    ) values ('e1', 1, %s, '0101', %s, %s, %s, 'avall')
"""
TEXT = "Personnel issues-Task performance-Use of equip/info-Aircraft control-Pilot"
COLUMNS = "role, role_source, is_contradicted"


def insert(
    connection: Connection, number: int, description: str | None, cause_factor: str | None, cm_inpc: str | None
) -> None:
    """Insert one finding."""
    with connection.cursor() as cursor:
        cursor.execute(INSERT, (number, description, cause_factor, cm_inpc))


@pytest.mark.parametrize(
    ("ending", "role"),
    [
        (" - C", "CAUSE"),
        (" - F", "FACTOR"),
        (" - C  ", "CAUSE"),
        ("  -  F", "FACTOR"),
        (" -F", "FACTOR"),
        ("\t-\tC\r\n", "CAUSE"),
        ("\u00a0-\u00a0C\u00a0", "CAUSE"),
        (" \u2013 F", "FACTOR"),
        (" - c", "CAUSE"),
    ],
    ids=ascii,
)
@pytest.mark.parametrize("column", [None, "", " ", "\u00a0"], ids=ascii)
def test_the_role_at_the_end_of_a_description_counts_where_the_column_is_empty(
    mart: Connection, ending: str, role: str, column: str | None
) -> None:
    insert(mart, 1, TEXT + ending, column, "T")
    assert rows(mart, f"select {COLUMNS} from finding_causes") == [(role, "finding_description", False)]
    with mart.cursor() as cursor:
        cursor.execute("refresh materialized view mv_finding_stats")
    statistics = "select finding_description, stated_as_cause, stated_as_factor from mv_finding_stats"
    assert rows(mart, statistics) == [(TEXT, int(role == "CAUSE"), int(role == "FACTOR"))]


@pytest.mark.parametrize("ending", ["", "-C", "-Contact", " - D", " - CF", " C", " - C - D", "Vitamin C"])
def test_other_endings_of_a_description_are_no_role(mart: Connection, ending: str) -> None:
    insert(mart, 1, TEXT + ending, None, None)
    assert rows(mart, f"select {COLUMNS} from finding_causes") == [(None, None, False)]


def test_cause_factor_precedes_the_description_and_that_precedes_cm_inpc(mart: Connection) -> None:
    """A cause_factor other than C and F is none, in every view."""
    findings = [
        (f"{TEXT} - F", "c ", "TRUE"),
        (f"{TEXT} - C", None, "FALSE"),
        (f"{TEXT} - F", "X", None),
        (TEXT, None, "TRUE"),
        (TEXT, None, "0"),
        (TEXT, None, None),
        (None, "F", None),
    ]
    for number, finding in enumerate(findings):
        insert(mart, number, *finding)
    assert rows(mart, f"select {COLUMNS} from finding_causes order by finding_no") == [
        ("CAUSE", "cause_factor", True),
        ("CAUSE", "finding_description", True),
        ("FACTOR", "finding_description", None),
        ("CAUSE OR FACTOR", "cm_inpc", False),
        ("NEITHER", "cm_inpc", False),
        (None, None, False),
        ("FACTOR", "cause_factor", None),
    ]
    with mart.cursor() as cursor:
        cursor.execute("refresh materialized view mv_finding_stats")
    assert rows(mart, "select wordings, stated_as_cause, stated_as_factor from mv_finding_stats") == [(1, 2, 2)]


@pytest.mark.parametrize("code", [None, "", " \u00a0"], ids=ascii)
def test_the_page_on_causes_counts_findings_without_a_code(mart: Connection, code: str | None) -> None:
    """They have no common description, and are one group."""
    for number, description in enumerate([f"{TEXT} - C", f"{TEXT} - C", "Aircraft-Wing", None]):
        insert(mart, number, description, None, None)
    with mart.cursor() as cursor:
        cursor.execute("update findings set finding_code = %s where finding_no >= 1", (code,))
        cursor.execute(
            "insert into events (ev_id, ev_country, ev_highest_injury, era) values ('e1', 'USA', 'FATL', 'avall')"
        )
    query = (REPOSITORY / "reports/causes/queries/findings.sql").read_text().rstrip().rstrip(";")
    columns = "category, subcategory, findings, causes, accidents, fatal_accidents"
    assert rows(mart, f"select {columns} from ({query}) as findings") == [
        ("Not stated", "Not stated", 3, 1, 1, 1),
        ("Personnel issues", "Task performance", 1, 1, 1, 1),
    ]
