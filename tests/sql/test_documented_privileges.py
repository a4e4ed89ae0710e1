"""An external server: the commands of docs/how-to/set-up.md give exactly the privileges that a run needs."""

import re
from collections.abc import Iterator
from contextlib import closing

import mart_rows
import psycopg2
import pytest
from psycopg2.extensions import make_dsn

from pipeline.errors import PipelineError
from pipeline.postgres import catalogs, requirements, roles
from pipeline.postgres.connection import transaction
from pipeline.tasks.load import PrepareDatabase
from pipeline.warehouse import mappings, merge, signatures, table_schema, views
from pipeline.warehouse.release import storage
from targets.relations import Relation
from tests import query_shapes

EVENTS = "select count(*) from events"


def run_sql(url: str, *statements: str) -> list[tuple[object, ...]]:
    """Rows of the last statement, as `psql URL` gives them."""
    with closing(psycopg2.connect(url)) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
            return cursor.fetchall() if cursor.description else []


@pytest.fixture
def address(server: str) -> Iterator[str]:
    """The superuser's URL of a new database with PostGIS, as `createdb accidents` and `create extension` leave it."""
    run_sql(make_dsn(server, dbname="postgres"), "create database accidents")
    url = make_dsn(server, dbname="accidents")
    run_sql(url, "create extension postgis")
    yield url
    run_sql(make_dsn(server, dbname="postgres"), "drop database accidents with (force)", "drop role if exists ann")


def publish_events() -> None:
    """Creates and publishes an empty table of events with a view, as a run does."""
    relation = Relation("ntsb", "events", "f" * 16)
    with transaction() as cursor:
        merge.create_table(cursor, "candidate", "events")
        cursor.execute(table_schema.key_file("events").read_text(encoding="utf-8"))
        signatures.sign_table(cursor, relation)
    with transaction(owner=True) as cursor:
        storage.publish_relation(cursor, relation, "r")
        cursor.execute("select audit.grant_access()")


def publish_empty_release(url: str) -> None:
    """Creates every table, mapping table and view, and moves each to its schema, as a publication does."""
    schemas = dict.fromkeys(table_schema.tables(), "ntsb") | dict.fromkeys(mappings.table_names(), "code_mappings")
    schemas |= {name: views.target_schema(views.view_file(name)) for name in views.view_names()}
    with closing(psycopg2.connect(url)) as connection, connection, connection.cursor() as cursor:
        cursor.execute("set search_path = candidate, code_mappings, public")
        for table in table_schema.tables():
            cursor.execute(f"create table {table} (like contract.{table} including generated)")
        mart_rows.make_views(connection)
        cursor.execute("select relname, relkind from pg_class where relnamespace = 'candidate'::regnamespace")
        for name, kind in cursor.fetchall():
            if kind in ("r", "v", "m"):
                storage.publish_relation(cursor, Relation(schemas[name], name, "f" * 16), kind)
        cursor.execute("select audit.grant_access()")


def test_one_user_with_the_documented_privileges(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every query of README and docs works in psql with the same URL."""
    run_sql(address, "create role ann login password 'secret'", "grant create, temporary on database accidents to ann")
    url = make_dsn(address, user="ann", password="secret")
    monkeypatch.setenv("NTSB_DATABASE_URL", url)
    PrepareDatabase().run()
    publish_empty_release(url)
    assert run_sql(url, EVENTS) == [(0,)]
    for _, text in query_shapes.documented():
        run_sql(url, text)
    assert run_sql(url, "select to_regprocedure('get_duplicate_stats()') is not null") == [(True,)]
    assert run_sql(url, "select rolsuper or rolcreaterole from pg_roles where rolname = current_user") == [(False,)]


def test_only_the_owner_of_the_database_vacuums_its_catalogs(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """One message for another user, instead of PostgreSQL's warning about each catalog."""
    vacuums = "select sum(vacuum_count) from pg_stat_sys_tables where relname = 'pg_attribute'"
    run_sql(address, "create role ann login password 'secret'")
    monkeypatch.setenv("NTSB_DATABASE_URL", make_dsn(address, user="ann", password="secret"))
    problem = catalogs.vacuum_catalogs()
    assert re.match(r"system catalogs: expected user \w+, the owner of database accidents, found user ann; ", problem)
    assert run_sql(address, vacuums)[0][0] == 0
    run_sql(address, "alter database accidents owner to ann")
    assert catalogs.vacuum_catalogs() == ""
    assert run_sql(address, vacuums)[0][0] == 1


def test_an_owner_and_a_loader(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The loader builds, the owner publishes, and a reader of the database finds the tables by their short names."""
    with closing(psycopg2.connect(address)) as superuser:
        roles.create_roles(superuser, dict.fromkeys((roles.OWNER, roles.LOADER, "ntsb_reader"), "secret"))
    urls = {
        role: make_dsn(address, user=role, password="secret") for role in (roles.OWNER, roles.LOADER, "ntsb_reader")
    }
    monkeypatch.setenv("NTSB_DATABASE_URL", urls[roles.LOADER])
    monkeypatch.setenv("NTSB_DATABASE_OWNER_URL", urls[roles.OWNER])
    PrepareDatabase().run()
    publish_events()
    for role in ("ntsb_reader", roles.LOADER):
        assert run_sql(urls[role], EVENTS) == [(0,)]
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            run_sql(urls[role], "delete from ntsb.events")


def test_an_owner_that_cannot_publish_is_rejected(address: str) -> None:
    """The message names the command that solves the problem."""
    run_sql(
        address,
        "create role ann login password 'secret'",
        "grant create, temporary on database accidents to ann, ntsb_loader",
    )
    owner = make_dsn(address, user="ann", password="secret")
    run_sql(address, "alter role ntsb_loader password 'secret'")
    loader = make_dsn(address, user=roles.LOADER, password="secret")
    with pytest.raises(PipelineError, match=r"psql accidents -f pipeline/postgres/roles\.sql"):
        requirements.check_external_server(loader, owner)
