"""Every check returns a row that violates it, and none of the valid rows."""

import re
from collections.abc import Iterator

import mart_rows
import pytest
from psycopg2.extensions import connection as Connection
from tables import load, rows
from violations import VIOLATIONS

from pipeline.warehouse import sql_file, table_schema
from pipeline.warehouse.overlay import evaluate
from pipeline.warehouse.quality import anomalies, checks, generated_checks, row_accounting
from pipeline.warehouse.quality.checks import Check
from pipeline.warehouse.quality.era_checks import era_checks
from pipeline.warehouse.release import rollback

CONSERVATION = """
    | source_file | source_table | rows_in | rows_published | rows_quarantined | rows_superseded |
    | avall       | events       | 7       | 5              | 1                | 1               |
    | avall       | aircraft     | 5       | 5              | 0                | 0               |
    | avall       | Flight_Crew  | 4       | 4              | 0                | 0               |
"""
FAMILIES = {
    *("conservation", "duplicates", "foreign keys", "required values", "coordinates", "dates"),
    *("generated columns", "size", "grain", "jumps", "parity", "corrections"),
}
ALREADY = {
    *(
        "coordinates_in_state",
        "coordinates_zero",
        "required_aircraft",
        "required_ev_date",
        "required_place_and_outcome",
    ),
    *("size_report", "size_report_pre1982", "collisions_pre1982", "harmonization_unmapped"),
    "conservation_quarantined_rows",
}
FILES = {path.stem: path for path in checks.files()}
NAMES = [
    *FILES,
    *(check.name for check in era_checks()),
    "duplicates_primary_keys",
    "foreign_keys_orphans",
    "required_ev_id",
]


@pytest.fixture(scope="module")
def prepared(shared_database: Connection) -> Connection:
    """Candidates without keys or generated columns, so that rows can violate them; views; the row accounts."""
    with shared_database.cursor() as cursor:
        cursor.execute("set search_path = candidate, public; create schema if not exists candidate")
        for table in table_schema.tables():
            cursor.execute(f"create table {table} (like contract.{table})")
        cursor.execute("""
            do $$ declare field record; begin
                for field in select * from information_schema.columns
                    where table_schema = 'candidate' and is_nullable = 'NO' loop
                    execute format('alter table %I alter %I drop not null', field.table_name, field.column_name);
                end loop;
            end $$
        """)
        cursor.execute(";".join([*row_accounting.TABLES.values(), *evaluate.TABLES.values()]))
        mart_rows.fill(shared_database)
        cursor.execute("""
            update events set ntsb_no = 'N' || ev_id, ev_year = extract(year from ev_date),
                geom = st_setsrid(st_makepoint(dec_longitude, dec_latitude), 4326)
        """)
        load(shared_database, "row_conservation", CONSERVATION)
        for table in ("findings", "events_sequence", "occurrences", "eadmspub_datadictionary", "ct_iaids", "states"):
            cursor.execute(f"""
                insert into row_conservation select 'avall', '{table}', count(*), count(*), 0, 0 from {table}
            """)
        mart_rows.make_views(shared_database)
    return shared_database


@pytest.fixture
def candidates(prepared: Connection) -> Iterator[Connection]:
    """The prepared candidates in a transaction that is rolled back."""
    with prepared.cursor() as cursor:
        cursor.execute("begin")
        yield prepared
        cursor.execute("rollback")


def all_checks(connection: Connection) -> dict[str, Check]:
    """{name: check} of all checks."""
    with connection.cursor() as cursor:
        return {check.name: check for check in generated_checks.all_checks(cursor)}


def offending(connection: Connection, name: str) -> set[tuple[str, str]]:
    """(relation, row_key) of the rows that a check returns."""
    query = all_checks(connection)[name].query
    return set(rows(connection, f"select relation, row_key from ({query.as_string(connection)}) as offending"))


def test_names_lists_every_check(candidates: Connection) -> None:
    assert sorted(all_checks(candidates)) == sorted(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_check_returns_the_row_that_violates_it(candidates: Connection, name: str) -> None:
    assert name in VIOLATIONS, f"{name}: every check needs a row that violates it; add one to VIOLATIONS"
    check = all_checks(candidates)[name]
    statement, row_key = VIOLATIONS[name]
    before = offending(candidates, name)
    with candidates.cursor() as cursor:
        if statement:
            cursor.execute(statement)
        result = checks.run_check(cursor, check)
    violations = offending(candidates, name) - (set() if check.severity == "report" else before)
    assert row_key in {key for _, key in violations}
    assert result.status == {"stop": "failed", "warn": "warned", "report": "reported"}[check.severity]


@pytest.mark.parametrize("name", sorted(set(NAMES) - ALREADY))
def test_valid_rows_pass(candidates: Connection, name: str) -> None:
    assert offending(candidates, name) == set()


def test_whitespace_around_codes_makes_no_check_of_counts_fail(candidates: Connection) -> None:
    """Views and checks read the same codes: a tab after a country must not stop publication."""
    with candidates.cursor() as cursor:
        cursor.execute(r"update events set ev_country = ev_country || E'\t'")
        cursor.execute(r"update events set ev_highest_injury = ev_highest_injury || E'\u00a0'")
        for view in ("mv_yearly_stats", "mv_decade_stats", "mv_state_stats", "mv_aircraft_stats"):
            cursor.execute(f"refresh materialized view {view}")
    assert rows(candidates, "select sum(fatal_events) from mv_state_stats") == [(1,)]
    assert offending(candidates, "grain_statistics") == set()


@pytest.mark.parametrize("name", FILES)
def test_file_of_a_check_is_well_formed(candidates: Connection, name: str) -> None:
    """A known family, a reason for the allowance, three columns, one statement, and all relations that it reads."""
    path = FILES[name]
    text = path.read_text()
    (allow,) = [line for line in text.splitlines() if line.startswith("-- allow: ")]
    assert checks.read_check(path).family in FAMILIES
    assert "," in allow, "give the reason after the number"
    assert ";" not in re.sub(r"--.*", "", text)
    assert len(text.splitlines()) <= 80
    with candidates.cursor() as cursor:
        cursor.execute(f"create temporary view seen as {text}")
        cursor.execute("select attname, atttypid::regtype::text from pg_attribute where attrelid = 'seen'::regclass")
        assert sorted(cursor.fetchall()) == [("detail", "text"), ("relation", "text"), ("row_key", "text")]
    assert mart_rows.read_by(candidates, "seen") == set(sql_file.needs(path))


def test_anomalies_are_the_offending_rows_of_five_kinds_of_checks(candidates: Connection) -> None:
    with candidates.cursor() as cursor:
        cursor.execute(VIOLATIONS["duplicates_primary_keys"][0])
        all_anomalies = anomalies.find_anomalies(cursor, None, rollback.restore_for_inspection)
        by_check = {anomaly.check: anomaly for anomaly in all_anomalies}
    assert {anomaly.kind for anomaly in by_check.values()} == set(anomalies.KINDS)
    assert {"foreign_keys_orphans", "required_ev_id", "jumps"} <= set(by_check)
    assert ("aircraft", "20200102X00001 2", "2 rows with this key") in by_check["duplicates_primary_keys"].new


def test_all_counts_of_the_same_files_are_compared(candidates: Connection) -> None:
    """Eras, years, states and makes; a count that agrees is not reported, nor the era that still grows."""
    with candidates.cursor() as cursor:
        cursor.execute(VIOLATIONS["size_published_elsewhere"][0])
        cursor.execute("update reconciliation set release_count = published where (series, item) = ('year', '1990')")
    keys_reported = {key for _, key in offending(candidates, "size_published_elsewhere")}
    assert {key.split()[0] for key in keys_reported} == {"era", "year", "state", "make"}
    assert {key for key in keys_reported if key.startswith("era")} == {"era pre1982 aircraft", "era pre2008 events"}
    assert "year 1991 fatal on board" in keys_reported and not any(key.startswith("year 1990") for key in keys_reported)


def keys(connection: Connection, kind: str) -> list[tuple[str, list[str], list[str]]]:
    """(table, columns, their types) of every primary (p) or foreign (f) key of the schema."""
    query = """
        select relname, array_agg(attname::text order by attnum), array_agg(atttypid::regtype::text order by attnum)
        from pg_constraint
        inner join pg_class on pg_class.oid = conrelid
        inner join pg_attribute on attrelid = conrelid and attnum = any(conkey)
        where connamespace = 'contract'::regnamespace and contype = %s
        group by relname, pg_constraint.oid
        order by relname
    """
    return rows(connection, query, kind)


@pytest.mark.parametrize(("kind", "family"), [("p", "duplicates"), ("f", "foreign keys")])
def test_every_key_of_the_schema_is_checked(candidates: Connection, kind: str, family: str) -> None:
    """With the same key twice in every table, each table has a duplicate, and each with a parent has an orphan."""
    with candidates.cursor() as cursor:
        for table, names, types in keys(candidates, "p"):
            values = ", ".join("'x'" if type_name == "text" else "77" for type_name in types)
            cursor.execute(f"insert into {table} ({', '.join(names)}) values ({values}), ({values})")
        for table, _, _ in keys(candidates, "f"):
            if kind == "f" and table in ("aircraft", "flight_crew", "occurrences"):
                cursor.execute(f"update {table} set ev_id = 'x lost of {table}' where ev_id = 'x'")
        if kind == "f":
            cursor.execute("delete from events where ev_id = 'x'; delete from tblfirsthalf where recnum = 77")
    relations = {
        relation
        for name, check in all_checks(candidates).items()
        if check.family == family and check.severity == "stop"
        for relation, _ in offending(candidates, name)
    }
    assert relations == {table for table, _, _ in keys(candidates, kind)}
