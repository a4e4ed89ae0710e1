"""Databases that version 0.1 prepared: what is removed and what stays, and relations under names no longer used."""

from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from psycopg2.extensions import connection as Connection

from pipeline.config import SQL
from pipeline.serving import events
from pipeline.serving.database import Session
from pipeline.warehouse import history, table_schema
from pipeline.warehouse.overlay import evaluate, published
from pipeline.warehouse.release import publish, storage
from targets.relations import Relation

VERSION_0_1 = Path(__file__).with_name("version_0_1.sql").read_text(encoding="utf-8")
# Columns, constraints and indexes; columns that were added later are the last ones.
DEFINITIONS = """
select
    attrelid::regclass::text, attname,
    format_type(atttypid, atttypmod) || case when attnotnull then ' not null' else '' end
from pg_attribute
inner join pg_class on pg_class.oid = attrelid and relkind in ('r', 'v') and attnum > 0 and not attisdropped
where relnamespace in ('audit'::regnamespace, 'history'::regnamespace)
union all
select conrelid::regclass::text, conname, pg_get_constraintdef(oid) from pg_constraint
where connamespace in ('audit'::regnamespace, 'history'::regnamespace)
union all
select tablename, indexname, indexdef from pg_indexes where schemaname in ('audit', 'history')
"""
RECORDS = [f"audit.{name}" for name in ("relation", "bundle", "release", "release_relation", "load_tracking")]
RECORDS += ["audit.publication_log", *(f"history.{name}_version" for name in ("row", "event")), "history.moved_run"]
AUDIT = (SQL / "functions" / "audit.sql").read_text()
EXISTS = "select to_regnamespace('revision') is not null, (select count(*) from audit.basis)"


@pytest.mark.parametrize(("table", "expected"), [("touched", (False, 0)), ("mine", (True, 1))])
def test_only_the_revision_of_version_0_1_is_dropped(
    database: Connection, table: str, expected: tuple[bool, int]
) -> None:
    with database.cursor() as cursor:
        cursor.execute(f"create schema revision; create table revision.{table} (ev_id text primary key)")
        cursor.execute("insert into audit.basis values (1)")
        cursor.execute(AUDIT)
        cursor.execute(EXISTS)
        assert cursor.fetchone() == expected


def test_only_functions_are_dropped(database: Connection) -> None:
    with database.cursor() as cursor:
        cursor.execute("create procedure audit.mine() language sql as 'select 1'")
        cursor.execute("create aggregate history.mine (integer) (sfunc = int4pl, stype = integer)")
        cursor.execute("create function audit.unused() returns integer language sql return 1")
        cursor.execute(AUDIT)
        cursor.execute("select proname from pg_proc where proname in ('mine', 'unused')")
        assert cursor.fetchall() == [("mine",), ("mine",)]


@pytest.mark.parametrize(("release", "schemas"), [("b" * 12, ["ntsb_" + "a" * 12]), ("a" * 12, [])])
def test_names_no_longer_used_leave_at_publication(database: Connection, release: str, schemas: list[str]) -> None:
    before, listed = "a" * 12, [Relation("mart", "new_name", "c" * 16)]
    with database.cursor() as cursor:
        cursor.execute("begin; create view mart.old_name as select 1 as x; create view mart.mine as select 1 as x")
        cursor.execute("create view candidate.new_name as select 1 as x")
        cursor.execute("insert into audit.release values (%s, 's', 1, true, '[]')", (before,))
        cursor.execute(
            "insert into audit.release_relation (release, target_schema, name, oid, fingerprint) "
            "values (%s, 'mart', 'old_name', 'mart.old_name'::regclass, 'd')",
            (before,),
        )
        assert [old.name for _, old in publish.removed_relations(cursor, listed, before)] == ["old_name"]
        removed = publish.removed_relations(cursor, listed, before)
        publish.move_candidates(cursor, listed, removed, before, release)
        storage.drop_schema(cursor, storage.REPLACED)
        assert publish.removed_relations(cursor, listed, before) == []
        cursor.execute("select relnamespace::regnamespace::text from pg_class where relname = 'old_name'")
        assert [schema for (schema,) in cursor.fetchall()] == schemas
        cursor.execute("select to_regclass('mart.new_name') is not null, to_regclass('mart.mine') is not null")
        assert cursor.fetchone() == (True, True)


@pytest.mark.parametrize("statement", ["select", "drop table history.correction_change"])
def test_the_history_of_an_event_is_served_before_the_database_is_upgraded(
    database: Connection, statement: str
) -> None:
    with database.cursor() as cursor:
        cursor.execute("insert into history.change values (1, 'a', 'b', '{}')")
        cursor.execute("insert into history.event_version values ('E1', 1, 'new', 'avall', 'a', 'b')")
        cursor.execute(statement)
    (change,) = events.event_history(Session(database), "E1")
    assert (change["kind"], change["corrections"]) == ("new", [])


def test_a_release_without_a_list_of_corrections_has_none_before_and_after_one_with_it(database: Connection) -> None:
    session = Session(database)
    with database.cursor() as cursor:
        cursor.execute("insert into history.change values (1, 'a', 'b', '{}'), (2, 'b', 'c', '{}')")
        cursor.execute(f"begin; set local search_path = candidate; {evaluate.APPLIED}")
        cursor.execute(
            "insert into candidate.applied_correction values "
            "('events', '[\"E1\"]', 'ev_city', 'c1', 'NOME', 'Nome', 'E1', 'avall', 's', 'r', '2026-01-01')"
        )
        history.record_corrections(cursor, 1, published.CANDIDATE)
        cursor.execute("alter table candidate.applied_correction set schema audit; commit")
        earlier = [events.earlier_event_corrections(session, "E1", release) for release in "ab"]
        assert [[row["correction"] for row in rows] for rows in earlier] == [[], ["c1"]]
        # A rollback to a release without a list.
        cursor.execute("begin")
        history.record_corrections(cursor, 2, None)
        cursor.execute("drop table audit.applied_correction; commit")
    earlier = [events.earlier_event_corrections(session, "E1", release) for release in "abc"]
    assert [[row["correction"] for row in rows] for rows in earlier] == [[], ["c1"], []]


def ask(connection: Connection, query: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchall()


def test_a_database_of_version_0_1_keeps_its_records_and_has_the_tables_of_a_new_one(
    server: str, database: Connection
) -> None:
    with closing(psycopg2.connect(server)) as admin:
        admin.autocommit = True
        admin.cursor().execute("create database version_0_1")
    queries = {name: f"select to_jsonb(row) - array['stamp', 'home'] from {name} as row" for name in RECORDS}
    with closing(psycopg2.connect(server, dbname="version_0_1")) as old, old:
        with old.cursor() as cursor:
            cursor.execute("create extension postgis")
            cursor.execute(VERSION_0_1)
            before = {name: ask(old, query) for name, query in queries.items()}
            for _ in range(2):
                table_schema.create_schemas(cursor)
        for name, query in queries.items():
            rows = [row for (row,) in ask(old, query)]
            assert len(rows) == len(before[name]) > 0
            assert all(row.items() >= earlier.items() for row, (earlier,) in zip(rows, before[name], strict=True)), name
        assert ask(old, "select fingerprint from audit.relation") == [("f1",)]
        assert ask(old, "select target_schema, fingerprint from audit.release_relation") == [("ntsb", "f1")]
        assert ask(old, "select old, new from history.field_change") == [("A", "B")]
        assert sorted(ask(old, DEFINITIONS)) == sorted(ask(database, DEFINITIONS))
