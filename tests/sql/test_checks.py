"""Every check has a row that breaks it; sound rows break none that stops publication."""

import re
from collections.abc import Iterator

import mart_rows
import pytest
from breaks import BREAKS
from psycopg2.extensions import connection as Connection
from tables import load, rows

from pipeline.warehouse import sql_file, table_schema
from pipeline.warehouse.quality import checks, row_accounting

CONSERVATION = """
    | source_file | source_table | rows_in | rows_published | rows_quarantined | rows_superseded |
    | avall       | events       | 7       | 5              | 1                | 1               |
    | avall       | aircraft     | 5       | 5              | 0                | 0               |
    | avall       | Flight_Crew  | 4       | 4              | 0                | 0               |
"""
FAMILIES = {
    *("conservation", "duplicates", "foreign keys", "required values", "coordinates", "dates"),
    *("generated columns", "size", "grain", "jumps"),
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
}
CHECKS = {path.stem: checks.read_check(path) for path in checks.files()}


@pytest.fixture(scope="module")
def prepared(shared_database: Connection) -> Connection:
    """Candidates without keys or generated columns, so that rows can lie; the views over them; the accounts."""
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
        cursor.execute(row_accounting.TABLES["row_conservation"])
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


def offending(connection: Connection, name: str) -> set[tuple[str, str]]:
    """(relation, row_key) of what a check finds; the query runs as it stands in its file."""
    return set(rows(connection, f"select relation, row_key from ({CHECKS[name].query}) as offending"))


@pytest.mark.parametrize("name", CHECKS)
def test_a_check_finds_the_row_that_breaks_it(candidates: Connection, name: str) -> None:
    assert name in BREAKS, f"{name}: every check needs a row that breaks it; add one to BREAKS"
    statement, row_key = BREAKS[name]
    before = offending(candidates, name)
    with candidates.cursor() as cursor:
        if statement:
            cursor.execute(statement)
        result = checks.run_check(cursor, CHECKS[name])
    found = offending(candidates, name) if CHECKS[name].severity == "report" else offending(candidates, name) - before
    assert row_key in {key for _, key in found}
    assert result.status == {"stop": "failed", "warn": "warned", "report": "reported"}[CHECKS[name].severity]


@pytest.mark.parametrize("name", sorted(set(CHECKS) - ALREADY))
def test_sound_rows_pass(candidates: Connection, name: str) -> None:
    assert offending(candidates, name) == set()


@pytest.mark.parametrize("name", CHECKS)
def test_a_check_says_what_it_is(candidates: Connection, name: str) -> None:
    """Its family, why so many rows are allowed, its three columns, one statement, and no relation unnamed."""
    path = checks.FOLDER / f"{name}.sql"
    text = path.read_text()
    (allow,) = [line for line in text.splitlines() if line.startswith("-- allow: ")]
    assert CHECKS[name].family in FAMILIES
    assert "," in allow, "say why after the number"
    assert ";" not in re.sub(r"--.*", "", text)
    assert len(text.splitlines()) <= 80
    with candidates.cursor() as cursor:
        cursor.execute(f"create temporary view seen as {text}")
        cursor.execute("select attname, atttypid::regtype::text from pg_attribute where attrelid = 'seen'::regclass")
        assert sorted(cursor.fetchall()) == [("detail", "text"), ("relation", "text"), ("row_key", "text")]
    assert mart_rows.read_by(candidates, "seen") == set(sql_file.needs(path))


def test_all_counts_of_the_same_files_are_compared(candidates: Connection) -> None:
    """Eras, years, states and makes; a count that is as published is not accused, nor the era that grows."""
    with candidates.cursor() as cursor:
        cursor.execute(BREAKS["size_published_elsewhere"][0])
        cursor.execute("update reconciliation set ours = published where (series, item) = ('year', '1990')")
    found = {key for _, key in offending(candidates, "size_published_elsewhere")}
    assert {key.split()[0] for key in found} == {"era", "year", "state", "make"}
    assert {key for key in found if key.startswith("era")} == {"era pre1982 aircraft", "era pre2008 events"}
    assert "year 1991 fatal on board" in found and not any(key.startswith("year 1990") for key in found)


def keys(connection: Connection, kind: str) -> list[tuple[str, list[str], list[str]]]:
    """(table, columns, their types) of every primary (p) or foreign (f) key of the contract."""
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
def test_every_key_of_the_contract_is_checked(candidates: Connection, kind: str, family: str) -> None:
    """The same made-up key twice in every table: each is found as a duplicate, each with a parent as an orphan."""
    with candidates.cursor() as cursor:
        for table, names, types in keys(candidates, "p"):
            values = ", ".join("'x'" if type_name == "text" else "77" for type_name in types)
            cursor.execute(f"insert into {table} ({', '.join(names)}) values ({values}), ({values})")
        for table, _, _ in keys(candidates, "f"):
            if kind == "f" and table in ("aircraft", "flight_crew", "occurrences"):
                cursor.execute(f"update {table} set ev_id = 'x lost of {table}' where ev_id = 'x'")
        if kind == "f":
            cursor.execute("delete from events where ev_id = 'x'; delete from tblfirsthalf where recnum = 77")
    found = {
        relation
        for name, check in CHECKS.items()
        if check.family == family and check.severity == "stop"
        for relation, _ in offending(candidates, name)
    }
    assert found == {table for table, _, _ in keys(candidates, kind)}
