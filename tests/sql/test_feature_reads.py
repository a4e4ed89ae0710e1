"""What the feature queries read, as the catalog of the database knows it: nothing that is known too late."""

from collections import defaultdict

import pytest
from feature_views import ORDER, built
from psycopg2.extensions import connection as Connection
from tables import rows

from models.severity.data import feature_registry

__all__ = ["built"]
# Which columns of which relations a view reads; of a relation that is only counted, none.
READ = """
    select distinct reader.relname, class.relname, coalesce(attribute.attname, '*'), class.relkind::text
    from pg_depend as depends
    inner join pg_rewrite as rule on depends.objid = rule.oid and depends.classid = 'pg_rewrite'::regclass
    inner join pg_class as reader on rule.ev_class = reader.oid
    inner join pg_class as class on depends.refobjid = class.oid and depends.refclassid = 'pg_class'::regclass
    left join pg_attribute as attribute
        on depends.refobjid = attribute.attrelid and depends.refobjsubid = attribute.attnum and attribute.attnum > 0
    where class.oid <> reader.oid
"""
Place = tuple[str, str]
# Who is studied, and the label itself. No feature is made of them: they stand in the last query, which only joins.
POPULATION = {
    ("events", "ev_type"),
    ("events", "ev_highest_injury"),
    ("events", "ev_country"),
    ("events", "era"),
    ("injury", "ev_id"),
}
# The view of names has a column for the era, which nothing is made of.
BESIDE = ("feature_aircraft", "aircraft", "era")


def read(connection: Connection) -> dict[str, set[Place]]:
    """Feature query -> columns of tables that it reads itself or through a view, other feature queries aside."""
    direct: dict[str, set[tuple[str, str, str]]] = defaultdict(set)
    for reader, relation, column, kind in rows(connection, READ):
        direct[reader].add((relation, column, kind))

    def of(name: str) -> set[Place]:
        found = {(relation, column) for relation, column, kind in direct[name] if kind == "r"}
        views = {relation for relation, _, kind in direct[name] if kind == "v" and relation not in ORDER}
        return found.union(*(of(view) for view in views))

    return {name: {place for place in of(name) if place[0] in feature_registry.load_columns()} for name in ORDER}


def late(found: dict[str, set[Place]]) -> list[tuple[str, str, str]]:
    """Columns that no feature may be made of, with the query that reads them."""
    allowed = ("key", "T0", "T1")
    return sorted(
        (query, *place)
        for query, places in found.items()
        for place in places
        if place[1] != "*" and feature_registry.column_class(*place) not in allowed
        if not (query == "event_features" and place in POPULATION) and (query, *place) != BESIDE
    )


def test_no_query_reads_what_is_known_too_late(built: Connection) -> None:
    assert late(read(built)) == []


def test_a_relation_that_is_only_counted_is_none_of_the_outcomes(built: Connection) -> None:
    """count(*) leaves no column in the catalog: of how many findings there are, no column need be read."""
    touched = {table for places in read(built).values() for table, _ in places}
    outcomes = {
        table
        for table, found in feature_registry.load_columns().items()
        if found.get(feature_registry.ALL_COLUMNS) == "T2"
    }
    assert touched & outcomes == {"injury"}


def test_the_registry_says_what_the_queries_read(built: Connection) -> None:
    said = {tuple(place.split(".")) for feature in feature_registry.features_at("T1") for place in feature.reads}
    found = {place for places in read(built).values() for place in places} - POPULATION
    keys = {place for place in found if feature_registry.column_class(*place) in ("key", "record") or place[1] == "*"}
    # Which hours, and which certificates, are told by a column that is a key.
    assert found - keys - {("events", "ev_year")} == {
        place for place in said if feature_registry.column_class(*place) != "key"
    }


@pytest.mark.parametrize(
    "planted",
    [
        "(select count(*) from findings where findings.ev_id = events.ev_id)",
        "(select count(*) from findings)",
        "(select max(injury_level) from injury where injury.ev_id = events.ev_id)",
        "(select count(*) from narratives where narratives.ev_id = events.ev_id)",
        "(select max(damage) from aircraft where aircraft.ev_id = events.ev_id)",
        "(select max(crew_tox_perf) from flight_crew where flight_crew.ev_id = events.ev_id)",
        "left(events.ntsb_no, 3)",
        "events.lchg_date - events.ev_date",
        "(select max(rec_stat) from ntsb_admin where ntsb_admin.ev_id = events.ev_id)",
        "events.inj_tot_f + events.inj_f_grnd",
        "events.latlong_acq is null",
    ],
)
def test_a_leak_under_an_innocent_name_is_found(built: Connection, planted: str) -> None:
    with built.cursor() as cursor:
        cursor.execute("drop view feature_phase cascade")
        cursor.execute(f"create view feature_phase as select events.ev_id, {planted} as phase from events")
        cursor.execute("create view event_features as select ev_id from feature_phase")
    found = read(built)
    outcomes = {
        table
        for table, classes in feature_registry.load_columns().items()
        if classes.get(feature_registry.ALL_COLUMNS) == "T2"
    }
    assert late(found) or {table for table, _ in found["feature_phase"]} & outcomes
