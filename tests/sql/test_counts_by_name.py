"""Counts by make and model use standard names, whitespace distinguishes no names or codes, shares have intervals."""

import pytest
from empty_mart import mart as mart
from empty_mart import prepared as prepared
from psycopg2.extensions import connection as Connection
from psycopg2.extras import execute_values
from scipy.stats import binomtest
from tables import rows
from test_aircraft_families import refresh

from pipeline.config import REPOSITORY

# (make, model, highest injury). Tab, no-break space, line break, repeated blanks, punctuation, other names of a make.
AIRCRAFT = [
    ("ROBINSON", "R44", "FATL"),
    ("Robinson Helicopter Company", "R44  II", "NONE"),
    ("ROBINSON\t", "R-44 II", "MINR"),
    ("robinson\u00a0helicopter  co.", "R44\u00a0II\r\n", "FATL"),
    ("CIRRUS DESIGN CORP", "SR22", "SERS"),
    ("Not  Listed\tInc", "X 1", "NONE"),
    ("NOT LISTED, INC.", "x-1", None),
    ("\t", "\u00a0", "NONE"),
    (None, None, "NONE"),
]
WHITESPACE = ["{}", "{}\t", "\u00a0{}", " {} \r\n", "\u2003{}\u200b", "\ufeff{}"]


def fill(connection: Connection) -> None:
    """One event per aircraft."""
    with connection.cursor() as cursor:
        values = [(f"e{number}", *line) for number, line in enumerate(AIRCRAFT)]
        execute_values(
            cursor,
            "insert into events (ev_id, ev_highest_injury, era) values %s",
            [(event, severity, "avall") for event, _, _, severity in values],
        )
        execute_values(
            cursor,
            "insert into aircraft (ev_id, aircraft_key, acft_make, acft_model, era) values %s",
            [(event, 1, make, model, "avall") for event, make, model, _ in values],
        )
        cursor.execute("refresh materialized view aircraft_names; refresh materialized view mv_aircraft_stats")


def test_aircraft_are_counted_by_standard_name(mart: Connection) -> None:
    """A name that the list lacks is counted under its letters and digits, in whatever way it is written."""
    fill(mart)
    assert rows(mart, "select make, model, aircraft, fatal_events from mv_aircraft_stats order by 1, 2") == [
        ("CIRRUS", "SR22", 1, 0),
        ("NOT LISTED INC", "X1", 2, 0),
        ("ROBINSON", "R44", 1, 1),
        ("ROBINSON", "R44 II", 3, 1),
        ("UNKNOWN", "UNKNOWN", 2, 0),
    ]


def test_the_safety_page_and_the_summary_count_by_standard_name(mart: Connection) -> None:
    fill(mart)
    query = (REPOSITORY / "reports/safety/queries/makes.sql").read_text().rstrip().rstrip(";")
    assert rows(mart, f"select make, aircraft, in_fatal_events from ({query}) as makes") == [
        ("ROBINSON", 4, 2),
        ("", 2, 0),
        ("NOT LISTED INC", 2, 0),
        ("CIRRUS", 1, 0),
    ]
    assert rows(mart, "select make, model, acft_make from aircraft_summary where ev_id = 'e2'") == [
        ("ROBINSON", "R44 II", "ROBINSON\t")
    ]


def test_the_page_on_operations_counts_accidents_without_an_aircraft(mart: Connection) -> None:
    with mart.cursor() as cursor:
        cursor.execute(
            "insert into events (ev_id, ev_type, ev_country, ev_highest_injury, inj_tot_f, era) values "
            "('e1', 'ACC', 'USA', 'FATL', 2, 'avall'), ('e2', 'ACC', 'USA', 'NONE', 0, 'avall'), "
            "('e3', 'ACC', 'USA', 'NONE', 0, 'avall'), ('e4', 'INC', 'USA', 'NONE', 0, 'avall'), "
            "('e5', 'ACC', 'USA', 'NONE', 0, 'avall')"
        )
        cursor.execute(
            "insert into aircraft (ev_id, aircraft_key, far_part, era) values "
            "('e2', 1, '091', 'avall'), ('e3', 1, '127', 'avall'), ('e5', 1, null, 'avall'), ('e5', 2, '091', 'avall')"
        )
        cursor.execute("refresh materialized view aircraft_harmonized")
        cursor.execute("set local search_path = candidate, code_mappings, mart, public")
    query = (REPOSITORY / "reports/operations/queries/operations.sql").read_text().rstrip().rstrip(";")
    assert rows(mart, f"select operation, accidents, fatal_accidents, deaths from ({query}) as operations") == [
        ("091", 2, 0, 0),
        ("airline", 1, 0, 0),
        ("general_aviation", 2, 0, 0),
        ("not stated", 2, 1, 2),
    ]


def test_features_group_aircraft_by_the_same_names(mart: Connection) -> None:
    fill(mart)
    refresh(mart)
    query = (REPOSITORY / "pipeline/sql/features/feature_aircraft.sql").read_text()
    assert rows(mart, f"select distinct make, model from ({query}) as features order by 1, 2") == [
        ("CIRRUS", "CIRRUS SR22"),
        ("NOT LISTED INC", "NOT LISTED INC X1"),
        ("ROBINSON", "ROBINSON R44"),
        ("ROBINSON", "ROBINSON R44 II"),
        (None, None),
    ]


@pytest.mark.parametrize("form", WHITESPACE, ids=ascii)
def test_whitespace_around_a_code_does_not_matter(mart: Connection, form: str) -> None:
    values = {name: form.format(code) for name, code in (("state", "ca"), ("country", "usa"), ("severity", "Fatl"))}
    with mart.cursor() as cursor:
        cursor.execute(
            "insert into events (ev_id, ev_state, ev_country, ev_highest_injury, inj_tot_f, era) "
            "values ('e1', %(state)s, %(country)s, %(severity)s, 1, 'avall')",
            values,
        )
        cursor.execute(
            "insert into aircraft (ev_id, aircraft_key, damage, era) values ('e1', 1, %s, 'avall')",
            (form.format("dest"),),
        )
        cursor.execute(
            "insert into flight_crew (ev_id, aircraft_key, crew_no, crew_category, crew_inj_level, era) "
            "values ('e1', 1, 1, %s, %s, 'avall')",
            (form.format("plt"), form.format("fatl")),
        )
        for view in ("mv_state_stats", "mv_crew_stats"):
            cursor.execute(f"refresh materialized view {view}")
    query = "select ev_state, events, fatal_events, deaths, aircraft, aircraft_destroyed from mv_state_stats"
    assert rows(mart, query) == [("CA", 1, 1, 1, 1, 1)]
    assert rows(mart, "select crew_category, crew_members, crew_killed from mv_crew_stats") == [("PLT", 1, 1)]


@pytest.mark.parametrize(("part", "whole"), [(0, 1), (1, 1), (0, 25), (460, 1818), (3, 7), (179_000, 180_000)])
def test_intervals_of_shares_are_those_of_wilson(mart: Connection, part: int, whole: int) -> None:
    interval = binomtest(part, whole).proportion_ci(method="wilson")
    ((low, high),) = rows(mart, "select mart.share_low(%s, %s), mart.share_high(%s, %s)", part, whole, part, whole)
    assert (low, high) == (pytest.approx(interval.low, abs=1e-12), pytest.approx(interval.high, abs=1e-12))
    assert 0 <= low <= part / whole <= high <= 1


def test_a_share_of_nothing_has_no_interval(mart: Connection) -> None:
    assert rows(mart, "select mart.share_low(0, 0), mart.share_high(0, 0), mart.share_low(null, 1)") == [
        (None, None, None)
    ]


@pytest.mark.parametrize("view", ["mv_aircraft_stats", "mv_yearly_stats", "mv_decade_stats", "mv_state_stats"])
def test_every_published_share_has_an_interval(mart: Connection, view: str) -> None:
    fill(mart)
    with mart.cursor() as cursor:
        cursor.execute("update events set ev_date = '2020-01-01', ev_country = 'USA'")
        for name in dict.fromkeys(("mv_yearly_stats", view)):
            cursor.execute(f"refresh materialized view {name}")
    query = f"""
        select fatal_share, fatal_share_low, fatal_share_high, fatal_events, events - events_with_unknown_severity
        from {view} where fatal_share is not null
    """
    shares = rows(mart, query)
    assert shares
    for share, low, high, part, whole in shares:
        interval = binomtest(part, whole).proportion_ci(method="wilson")
        assert (share, low, high) == pytest.approx((part / whole, interval.low, interval.high), abs=1e-12)
