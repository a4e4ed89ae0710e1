"""Mart views over small tables: grain, unknown values, counts, and the form of every view's SQL."""

import re

import mart_rows
import pytest
from psycopg2.extensions import connection as Connection
from tables import rows

from pipeline.tasks.export import CORRECTION_KEYS, EXPORTED_RELATIONS
from pipeline.warehouse import views

MATERIALIZED = [name for name in views.view_names() if views.unique_key(views.view_file(name))]


@pytest.fixture(scope="module")
def mart(shared_database: Connection) -> Connection:
    """The published tables with a few rows, and every view over them."""
    mart_rows.fill(shared_database)
    mart_rows.make_views(shared_database)
    return shared_database


def test_each_code_has_one_meaning(mart: Connection) -> None:
    """The first of two rows, the dictionary before a list, the table of states; rows without a code are omitted."""
    assert rows(mart, "select table_name, column_name, code, meaning from code_meanings order by 1, 2, 3") == [
        ("aircraft", "acft_category", "AIR", "Airplane"),
        ("aircraft", "acft_category", "HELI", "Helicopter"),
        ("events", "ev_highest_injury", "FATL", "Fatal"),
        ("events", "ev_highest_injury", "NONE", "None"),
        ("events", "ev_state", "CA", "CALIFORNIA"),
        ("flight_crew", "crew_category", "PLT", "Pilot"),
    ]


def test_unknown_values_stay_unknown(mart: Connection) -> None:
    """Severity and deaths are null where none are stated, or where zeros fill an event of unknown severity."""
    columns = "right(ev_id, 1), severity, total_deaths, is_us, has_coordinates, aircraft_count"
    assert rows(mart, f"select {columns} from event_summary order by 1") == [
        ("1", "FATL", 3, True, True, 2),
        ("2", "NONE", 0, True, False, 1),
        ("3", "FATL", 1, False, False, 1),
        ("4", None, None, True, False, 1),
        ("5", None, None, True, False, 0),
    ]


def test_event_summary_shows_the_first_aircraft_and_decodes_codes(mart: Connection) -> None:
    query = """
        select first_aircraft_key, first_acft_make, first_acft_category_meaning, ev_state_meaning,
            ev_highest_injury_meaning
        from event_summary where ev_id like '%1'
    """
    assert rows(mart, query) == [(2, " CESSNA ", "Helicopter", "CALIFORNIA", "Fatal")]


def test_aircraft_summary_keeps_the_make_as_written(mart: Connection) -> None:
    columns = "acft_make, make, acft_category, acft_category_meaning, damage"
    assert rows(mart, f"select {columns} from aircraft_summary order by ev_id, aircraft_key") == [
        (" CESSNA ", "CESSNA", "HELI", "Helicopter", "SUBS"),
        ("Cessna", "CESSNA", "AIR", "Airplane", "DEST"),
        ("PIPER", "PIPER", "AIR", "Airplane", "UNK"),
        ("PIPER", "PIPER", "QQQ", None, "DEST"),
        (None, None, None, None, None),
    ]


def test_phase_follows_the_defining_occurrence_and_its_own_code_list(mart: Connection) -> None:
    """553 is landing in events_sequence and descent in occurrences; occurrences without a phase are skipped."""
    query = (
        "select phase_code, phase_table, broad_phase, occurrence_no from phase_of_flight order by ev_id, aircraft_key"
    )
    assert rows(mart, query) == [
        ("553", "events_sequence", "LANDING", 2),
        ("350", "events_sequence", "CLIMB", 2),
        ("553", "occurrences", "DESCENT", 2),
        (None, None, None, None),
        (None, None, None, None),
    ]


def test_a_collision_of_two_aircraft_counts_as_one_event(mart: Connection) -> None:
    """Event 1 has two aircraft: every view counts one event, three deaths and two aircraft."""
    columns = "events, fatal_events, deaths, aircraft, aircraft_destroyed, aircraft_with_unknown_damage, fatal_share"
    assert rows(mart, f"select ev_year, {columns} from mv_yearly_stats order by 1") == [
        (2019, 1, 0, None, 1, 0, 1, None),
        (2020, 3, 2, 4, 4, 2, 1, pytest.approx(2 / 3)),
    ]
    assert rows(mart, f"select decade_start, {columns} from mv_decade_stats order by 1") == [
        (2010, 1, 0, None, 1, 0, 1, None),
        (2020, 3, 2, 4, 4, 2, 1, pytest.approx(2 / 3)),
    ]
    assert rows(mart, f"select ev_state, {columns} from mv_state_stats order by 1") == [
        ("CA", 2, 1, 3, 3, 1, 1, 0.5),
        ("UNKNOWN", 1, 0, None, 1, 0, 1, None),
        ("ZZ", 1, 0, None, 0, 0, 0, None),
    ]
    assert rows(mart, f"select make, model, {columns} from mv_aircraft_stats order by 1, 2") == [
        ("CESSNA", "172", 1, 1, 3, 2, 1, 0, 1.0),
        ("PIPER", "PA-28", 1, 1, 1, 1, 1, 0, 1.0),
        ("PIPER", "UNKNOWN", 1, 0, 0, 1, 0, 1, 0.0),
        ("UNKNOWN", "UNKNOWN", 1, 0, None, 1, 0, 1, None),
    ]


def test_crew_are_counted_by_category(mart: Connection) -> None:
    columns = (
        "crew_category_meaning, crew_members, events, events_with_unknown_severity, crew_killed, "
        "crew_with_unknown_injury, crew_with_known_age, median_age"
    )
    assert rows(mart, f"select crew_category, {columns} from mv_crew_stats order by 1") == [
        ("PLT", "Pilot", 3, 1, 0, 2, 0, 2, 45.0),
        ("UNKNOWN", None, 1, 1, 0, 0, 0, 1, 30.0),
    ]


def test_finding_codes_have_their_most_frequent_description(mart: Connection) -> None:
    columns = "finding_code, finding_description, wordings, findings, aircraft, events"
    assert rows(mart, f"select {columns}, stated_as_cause, in_probable_cause from mv_finding_stats order by 1") == [
        ("0101", "Aircraft-Wing", 2, 3, 2, 1, 1, 1),
        ("UNKNOWN", None, 1, 1, 1, 1, 0, 0),
    ]


@pytest.mark.parametrize("name", MATERIALIZED)
def test_materialized_views_can_be_refreshed_concurrently(mart: Connection, name: str) -> None:
    """A concurrent refresh requires a unique key without nulls; it does not change the rows."""
    before = rows(mart, f"select * from {name} order by 1, 2")
    with mart.cursor() as cursor:
        cursor.execute(f"refresh materialized view concurrently {name}")
    # Without a file of the user, there is nothing to match; ten accidents make a cluster (test_accident_positions.py).
    assert before or name in ("registry_matches", "weather_matches", "accident_clusters")
    assert rows(mart, f"select * from {name} order by 1, 2") == before
    missing = " or ".join(f"{column} is null" for column in views.unique_key(views.view_file(name)))
    assert rows(mart, f"select * from {name} where {missing}") == []


@pytest.mark.parametrize("name", views.view_names())
def test_a_view_file_is_one_short_select_with_a_grain(mart: Connection, name: str) -> None:
    text = views.view_file(name).read_text()
    assert ";" not in re.sub(r"--.*|'[^']*'", "", text)
    assert len(text.splitlines()) <= 150
    assert views.grain(views.view_file(name)).startswith("one row per ")
    types = "select atttypid::regtype::text from pg_attribute where attrelid = %s::regclass and attnum > 0"
    assert ("numeric",) not in rows(mart, types, name), (
        f"{name}: Parquet has no numeric type without a precision; cast the column"
    )


def test_staging_views_trim_and_upper_case_codes_and_keep_published_columns(mart: Connection) -> None:
    columns = "ev_state, ev_state_code, ev_highest_injury_code, severity, is_us"
    assert rows(mart, f"select right(ev_id, 1), {columns} from clean_events order by 1") == [
        ("1", "CA", "CA", "FATL", "FATL", True),
        ("2", "ca", "CA", "NONE", "NONE", True),
        ("3", None, None, "FATL", "FATL", False),
        ("4", None, None, "UNKN", None, True),
        ("5", "ZZ", "ZZ", None, None, True),
    ]
    query = "select acft_make, make, model from clean_aircraft where acft_make ilike '%cessna%' order by 1"
    assert rows(mart, query) == [(" CESSNA ", "CESSNA", "172"), ("Cessna", "CESSNA", "172")]


def test_only_staging_views_are_left_out_of_exports() -> None:
    staging = {name for name in views.view_names() if views.target_schema(views.view_file(name)) == views.STAGING}
    assert staging == {path.stem for path in views.STAGING_FOLDER.glob("*.sql")}
    assert staging == set(views.view_names()) - set(EXPORTED_RELATIONS)


def test_tables_of_corrections_are_exported_and_nothing_else_of_other_schemas(mart: Connection) -> None:
    query = """
        select schema_name, relation_name
        from unnest(array['ntsb', 'mart', 'code_mappings', 'audit', 'history', 'staging', null]) as schema_name,
            unnest(%s || array(select relname::text from pg_class) || array['old_correction', null]) as relation_name
        where mart.is_exported(schema_name, relation_name)
    """
    exported = {*rows(mart, query, [*CORRECTION_KEYS])}
    assert {name for schema, name in exported if schema == "audit"} == {*CORRECTION_KEYS}
    assert {schema for schema, _ in exported} == {"ntsb", "mart", "code_mappings", "audit"}
    assert {("ntsb", "events"), ("mart", "event_summary"), ("code_mappings", "old_correction")} <= exported
