"""Roles of the embedded server: none is a superuser, and only the owner changes what is published."""

from collections.abc import Iterator
from contextlib import closing

import psycopg2
import pytest
from psycopg2.extensions import connection as Connection

from pipeline.errors import DatabaseUnavailable
from pipeline.postgres import roles, server
from pipeline.postgres.connection import connect, database_url, embedded_server_folder, transaction
from pipeline.warehouse import table_schema

READER, MLFLOW = roles.READER, "ntsb_mlflow"
ROLES = (roles.OWNER, roles.LOADER, READER, MLFLOW)
FILE_ACCESS = (
    "copy (select 1) to program 'true'",
    "create temporary table lines (line text); copy lines from program 'true'",
    "copy (select 1) to '/tmp/ntsb_role_test'",
    "create temporary table lines (line text); copy lines from '/etc/hostname'",
    "select pg_read_file('/etc/hostname')",
    "select lo_import('/etc/hostname')",
    "alter system set work_mem = '1GB'",
    "create extension file_fdw",
    "create function pg_temp.any() returns int language c as 'libc', 'getpid'",
)
CHANGES = (
    "update ntsb.events set ev_city = 'Rome'",
    "delete from ntsb.events",
    "truncate ntsb.events",
    "insert into ntsb.events (ev_id) values ('1')",
    "drop table ntsb.events cascade",
    "alter table ntsb.events add column more text",
    "create table ntsb.more (id int)",
    "create table mart.more (id int)",
    "update audit.release set is_current = false",
    "delete from history.row_version",
    "alter database ntsb set work_mem = '1GB'",
    "set role ntsb_owner",
    "grant ntsb_owner to ntsb_loader",
    "create role other",
)


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The embedded server of a new store, prepared, with one table published."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NTSB_STORE", str(tmp_path_factory.mktemp("roles")))
        with transaction(owner=True) as cursor:
            table_schema.create_schemas(cursor)
            cursor.execute("set local search_path = ntsb, public")
            cursor.execute(table_schema.table_file("events").read_text(encoding="utf-8"))
            cursor.execute(table_schema.key_file("events").read_text(encoding="utf-8"))
            cursor.execute("select audit.grant_access()")
        with closing(psycopg2.connect(server.start(embedded_server_folder()))) as superuser:
            roles.create_roles(superuser, dict.fromkeys(ROLES, "secret"))
        yield
        server.remove(embedded_server_folder())


def as_role(role: str) -> Connection:
    return psycopg2.connect(database_url(), user=role, password="secret")


@pytest.mark.parametrize("role", ROLES)
def test_no_role_is_a_superuser_or_member_of_a_role_with_access_to_files(prepared: None, role: str) -> None:
    query = """
        select current_user, rolsuper or rolcreaterole or rolcreatedb or rolreplication or rolbypassrls, array(
            select other.rolname::text from pg_roles as other
            where pg_has_role(other.oid, 'member') and other.rolname <> current_user order by 1
        )
        from pg_roles where rolname = current_user
    """
    stats = ["pg_read_all_stats"]
    memberships = {roles.OWNER: [roles.LOADER, *stats], roles.LOADER: stats}
    with closing(as_role(role)) as connection, connection.cursor() as cursor:
        cursor.execute(query)
        assert cursor.fetchone() == (role, False, sorted(memberships.get(role, []), key=lambda name: name))


@pytest.mark.parametrize("statement", FILE_ACCESS)
@pytest.mark.parametrize("role", [roles.LOADER, roles.OWNER])
def test_the_roles_of_a_run_have_no_access_to_programs_and_files(prepared: None, role: str, statement: str) -> None:
    with closing(as_role(role)) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor, pytest.raises(psycopg2.errors.InsufficientPrivilege):
            cursor.execute(statement)


@pytest.mark.parametrize("statement", CHANGES)
@pytest.mark.parametrize("role", [roles.LOADER, READER, MLFLOW])
def test_only_the_owner_changes_what_is_published(prepared: None, role: str, statement: str) -> None:
    denied = pytest.raises(psycopg2.errors.InsufficientPrivilege)
    with closing(as_role(role)) as connection, connection.cursor() as cursor, denied:
        cursor.execute(statement)


def test_tasks_connect_as_the_loader(prepared: None) -> None:
    server.stop(embedded_server_folder())
    with closing(connect()) as connection, connection.cursor() as cursor:
        cursor.execute("select current_user, session_user")
        assert cursor.fetchone() == (roles.LOADER, roles.LOADER)
    with pytest.raises(DatabaseUnavailable, match="permission denied"), transaction() as cursor:
        cursor.execute("delete from ntsb.events")


def test_the_reader_reads_published_tables_by_their_short_names(prepared: None) -> None:
    with closing(psycopg2.connect(database_url(READER))) as connection, connection.cursor() as cursor:
        cursor.execute("select count(*) from events")
        assert cursor.fetchone() == (0,)
        for statement in ("create schema mine", "create table candidate.mine (id int)", "select * from mlflow.runs"):
            with pytest.raises(psycopg2.errors.InsufficientPrivilege):
                cursor.execute(statement)
            connection.rollback()


def test_mlflow_has_a_schema_of_its_own_and_reads_nothing_else(prepared: None) -> None:
    with closing(as_role(MLFLOW)) as connection, connection.cursor() as cursor:
        cursor.execute("create table runs (id int)")
        cursor.execute("select schemaname::text from pg_tables where tablename = 'runs'")
        assert cursor.fetchone() == ("mlflow",)
        connection.rollback()
        for schema in ("ntsb", "mart", "audit", "candidate"):
            cursor.execute("select has_schema_privilege(%s, 'usage')", (schema,))
            assert cursor.fetchone() == (False,)


def test_roles_can_be_created_again_over_a_database_that_a_superuser_prepared(
    server: str, database: Connection
) -> None:
    url = psycopg2.extensions.make_dsn(server, dbname=database.info.dbname)
    with closing(psycopg2.connect(url)) as superuser:
        with superuser, superuser.cursor() as cursor:
            cursor.execute(
                "create schema raw_avall; create table raw_avall.events (id bigint generated always as identity)"
            )
        for _ in range(2):
            roles.create_roles(superuser, dict.fromkeys(ROLES, "secret"))
    with closing(psycopg2.connect(url, user=roles.LOADER, password="secret")) as loader, loader.cursor() as cursor:
        cursor.execute("drop schema raw_avall cascade; drop schema candidate cascade; select * from audit.relation")
    with closing(psycopg2.connect(url, user=roles.OWNER, password="secret")) as owner, owner.cursor() as cursor:
        table_schema.create_schemas(cursor)
