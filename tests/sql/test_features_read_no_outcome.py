"""Feature queries read no column that becomes known after the prediction time, according to the database catalog."""

import re
from collections import defaultdict

import pytest
from feature_views import FEATURE_QUERIES, feature_database, prepared_features
from psycopg2.extensions import connection as Connection
from tables import load, rows

from models.severity.data import feature_registry
from pipeline.warehouse import sql_file, views
from tests.columns import column_class

__all__ = ["feature_database", "prepared_features"]
Column = tuple[str, str]
# Columns of relations that a view reads; `*` for a relation of which it reads no column, as in count(*).
READ_COLUMNS = """
    select distinct reader.relname, class.relname, coalesce(attribute.attname, '*'), class.relkind::text
    from pg_depend as depends
    inner join pg_rewrite as rule on depends.objid = rule.oid and depends.classid = 'pg_rewrite'::regclass
    inner join pg_class as reader on rule.ev_class = reader.oid
    inner join pg_class as class on depends.refobjid = class.oid and depends.refclassid = 'pg_class'::regclass
    left join pg_attribute as attribute
        on depends.refobjid = attribute.attrelid and depends.refobjsubid = attribute.attnum and attribute.attnum > 0
    where class.oid <> reader.oid
"""

# They select the study population and are the label: event_features reads them for columns that are not features.
POPULATION = {
    ("events", "ev_type"),
    ("events", "ev_highest_injury"),
    ("events", "ev_country"),
    ("events", "era"),
    ("injury", "ev_id"),
    ("flight_crew", "crew_sex"),
    # Compared with the label; the result is counted and is not a feature.
    *(("events", f"inj_tot_{level}") for level in "fsm"),
    *(("events", f"inj_{level}_grnd") for level in "fsm"),
}
# Columns of a view that has outcomes in others, and the published columns that they are computed from. Features do not
# change with outcomes: see test_features_do_not_change_with_outcomes.
TRACED: dict[Column, set[Column]] = {
    ("aircraft_harmonized", "ev_id"): set(),
    ("aircraft_harmonized", "aircraft_key"): set(),
    ("aircraft_harmonized", "category"): {("aircraft", "acft_category")},
    ("aircraft_harmonized", "engine"): {("engines", "eng_type")},
}
TRACED_VIEWS = {view for view, _ in TRACED}
# Views of aircraft have a column for the era, which is not a feature.
ALLOWED = ("feature_aircraft", "aircraft", "era")


def staging_columns(connection: Connection, view: str, column: str) -> set[Column]:
    """Published columns that a column of a staging view is computed from: those of its expression in the query plan."""
    (table,) = sql_file.needs(views.view_file(view))
    if column == "*":
        return {(table, column)}
    plan = " ".join(line for (line,) in rows(connection, f"explain (verbose, costs off) select {column} from {view}"))
    query = "select attname::text from pg_attribute where attrelid = %s::regclass and attnum > 0"
    published = {name for (name,) in rows(connection, query, table)}
    return {(table, name) for name in re.findall(rf"\b{table}\.(\w+)", plan) if name in published}


def read_columns(connection: Connection) -> dict[str, set[Column]]:
    """Feature query -> published columns that it reads, directly or through views other than feature queries."""
    direct: dict[str, set[tuple[str, str, str]]] = defaultdict(set)
    for reader, relation, column, kind in rows(connection, READ_COLUMNS):
        direct[reader].add((relation, column, kind))
    staging = {path.stem for path in views.STAGING_FOLDER.glob("*.sql")}

    def columns_of(name: str) -> set[Column]:
        columns = {(relation, column) for relation, column, kind in direct[name] if kind == "r"}
        for relation, column, _ in direct[name]:
            if relation in staging:
                columns |= staging_columns(connection, relation, column)
            elif relation in TRACED_VIEWS:
                columns |= TRACED[relation, column]
        others = {relation for relation, _, kind in direct[name] if kind == "v"} - staging - set(FEATURE_QUERIES)
        others -= TRACED_VIEWS
        return columns.union(*(columns_of(view) for view in others))

    published = feature_registry.load_columns()
    return {name: {column for column in columns_of(name) if column[0] in published} for name in FEATURE_QUERIES}


def find_outcomes(columns_by_query: dict[str, set[Column]]) -> list[tuple[str, str, str]]:
    """(query, table, column) of columns that no feature may be computed from."""
    return sorted(
        (query, *column)
        for query, columns in columns_by_query.items()
        for column in columns
        if column[1] != "*" and column_class(*column) not in ("key", "T0", "T1")
        if not (query == "event_features" and column in POPULATION) and (query, *column) != ALLOWED
    )


def outcome_tables() -> set[str]:
    """Tables whose columns are all known after the investigation."""
    return {
        table
        for table, classes in feature_registry.load_columns().items()
        if classes.get(feature_registry.ALL_COLUMNS) == "T2"
    }


def test_feature_queries_read_no_outcome(feature_database: Connection) -> None:
    assert find_outcomes(read_columns(feature_database)) == []


def test_feature_queries_count_no_rows_of_outcome_tables(feature_database: Connection) -> None:
    """count(*) reads no column, but the number of findings of an event is an outcome as well."""
    tables = {table for columns in read_columns(feature_database).values() for table, _ in columns}
    assert tables & outcome_tables() == {"injury"}


def test_features_toml_lists_the_columns_that_queries_read(feature_database: Connection) -> None:
    registered = {
        tuple(column.split(".")) for feature in feature_registry.features_at("T1") for column in feature.reads
    }
    actual = {column for columns in read_columns(feature_database).values() for column in columns} - POPULATION
    keys = {column for column in actual if column_class(*column) in ("key", "record") or column[1] == "*"}
    # Key columns select flight hours and certificates; the registry may list them.
    assert actual - keys - {("events", "ev_year")} == {
        column for column in registered if column_class(*column) != "key"
    }


def test_features_do_not_change_with_outcomes(feature_database: Connection) -> None:
    load(
        feature_database,
        "events",
        "| ev_id | ev_date | dec_latitude | dec_longitude |\n| e1 | 2020-05-05 | 37.5 | -122.1 |",
    )
    aircraft = "| ev_id | aircraft_key | acft_make | acft_model | acft_category |\n| e1 | 1 | CESSNA | 172S | AIR |"
    load(feature_database, "aircraft", aircraft)
    load(feature_database, "engines", "| ev_id | aircraft_key | eng_no | eng_type |\n| e1 | 1 | 1 | REC |")
    sequence = "| ev_id | aircraft_key | occurrence_no | phase_no | defining_ev |\n| e1 | 1 | 1 | 500 | true |"
    load(feature_database, "events_sequence", sequence)
    names = ", ".join(feature.column for feature in feature_registry.features_at("T1"))
    before = rows(feature_database, f"select {names}, severity from event_features")
    assert {"single_engine_piston", "REC", "approach"} <= set(before[0])
    for table, classes in feature_registry.load_columns().items():
        set_outcomes(feature_database, table, {name for name, kind in classes.items() if kind == "T2"})
    assert rows(feature_database, f"select {names}, severity from event_features") == [(*before[0][:-1], "FATL")]


def set_outcomes(connection: Connection, table: str, columns: set[str]) -> None:
    """Give every row of the table other values in columns that are known after the investigation."""
    query = "select attname::text, format_type(atttypid, atttypmod) from pg_attribute where attrelid = %s::regclass"
    types = {name: kind for name, kind in rows(connection, query, table) if name in columns}
    values = {"ev_highest_injury": "FATL", "ev_type": "ACC", "damage": "DEST"}
    with connection.cursor() as cursor:
        for name, kind in types.items():
            text = (
                "12:00"
                if kind.startswith("time without")
                else "2000-01-01"
                if kind.startswith(("date", "time"))
                else "1"
            )
            cursor.execute(f"update {table} set {name} = %s::{kind}", (values.get(name, text),))


@pytest.mark.parametrize(
    ("column", "published"),
    [
        ("ev_date", {"ev_date"}),
        ("light_cond_code", {"light_cond"}),
        ("is_us", {"ev_country"}),
        ("severity", {"ev_highest_injury"}),
        ("*", {"*"}),
    ],
)
def test_staging_columns_are_traced_to_published_columns(
    feature_database: Connection, column: str, published: set[str]
) -> None:
    assert staging_columns(feature_database, "clean_events", column) == {("events", name) for name in published}


@pytest.mark.parametrize(
    "expression",
    [
        "(select count(*) from findings where findings.ev_id = events.ev_id)",
        "(select count(*) from findings)",
        "(select max(injury_level) from injury where injury.ev_id = events.ev_id)",
        "(select count(*) from narratives where narratives.ev_id = events.ev_id)",
        "(select max(damage) from aircraft where aircraft.ev_id = events.ev_id)",
        "(select max(damage_code) from clean_aircraft where clean_aircraft.ev_id = events.ev_id)",
        "(select max(severity) from clean_events where clean_events.ev_id = events.ev_id)",
        "(select max(crew_tox_perf) from flight_crew where flight_crew.ev_id = events.ev_id)",
        "left(events.ntsb_no, 3)",
        "events.lchg_date - events.ev_date",
        "(select max(rec_stat) from ntsb_admin where ntsb_admin.ev_id = events.ev_id)",
        "events.inj_tot_f + events.inj_f_grnd",
        "events.latlong_acq is null",
    ],
)
def test_an_outcome_under_the_name_of_a_feature_is_found(feature_database: Connection, expression: str) -> None:
    with feature_database.cursor() as cursor:
        cursor.execute("drop view feature_phase cascade")
        cursor.execute(f"create view feature_phase as select events.ev_id, {expression} as phase from events")
        cursor.execute("create view event_features as select ev_id from feature_phase")
    columns_by_query = read_columns(feature_database)
    tables = {table for table, _ in columns_by_query["feature_phase"]}
    assert find_outcomes(columns_by_query) or tables & outcome_tables()
