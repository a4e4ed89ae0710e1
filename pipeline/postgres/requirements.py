"""Check a database server against the requirements of the pipeline."""

import contextlib

import psycopg2
from psycopg2.extensions import cursor as Cursor

from pipeline.errors import PipelineError
from pipeline.postgres import server
from pipeline.postgres.binaries import MIN_MAJOR_VERSION, pg_config
from pipeline.postgres.connection import embedded_server_folder
from pipeline.postgres.errors import describe_url, explain_error, parse_url
from pipeline.postgres.roles import LOADER
from pipeline.postgres.session import open_connection

SERVER_PROPERTIES = """
select current_setting('server_version_num')::int / 10000,
       (select installed_version from pg_available_extensions where name = 'postgis'),
       (select default_version from pg_available_extensions where name = 'postgis'),
       has_database_privilege(current_database(), 'create'),
       has_database_privilege(current_database(), 'temp'),
       (select rolsuper from pg_roles where rolname = current_user),
       current_setting('server_encoding'),
       (select extnamespace::regnamespace::text from pg_extension where extname = 'postgis')
"""


def check_embedded_server() -> str:
    """Return a description of the embedded server: its version and state. Raises PipelineError without PostgreSQL."""
    binaries = server.find_binaries()
    folder = embedded_server_folder()
    state = "running" if server.is_running(folder) else "stopped" if server.exists(folder) else "not created yet"
    return f"embedded: {pg_config(binaries, '--version')} with PostGIS in {binaries}; {state}"


def check_external_server(url: str, owner_url: str = "") -> str:
    """Return a description of an external server. Raises PipelineError with all requirements that it does not meet.

    `owner_url`: the URL of the role that publishes, where it differs.
    """
    problems: list[str] = []
    for address in dict.fromkeys([url, owner_url or url]):
        parse_url(address)
        try:
            with (
                contextlib.closing(open_connection(address, is_embedded=False, connect_timeout="10")) as connection,
                connection.cursor() as cursor,
            ):
                version, unmet = _find_problems(cursor, describe_url(address))
                problems += unmet
                if address != url:
                    problems += _find_role_problems(cursor, describe_url(url), describe_url(address))
        except psycopg2.Error as error:
            raise PipelineError(explain_error(error, address)) from error
    if problems:
        raise PipelineError("\n".join(dict.fromkeys(problems)))
    return f"{describe_url(url)['server']}, PostgreSQL {version} with PostGIS"


def _find_role_problems(cursor: Cursor, loader: dict[str, str], owner: dict[str, str]) -> list[str]:
    """Return a sentence if the owner, whose connection this is, cannot publish what the loader builds."""
    cursor.execute("select to_regrole(%s) is not null and pg_has_role(to_regrole(%s), 'usage')", (LOADER, LOADER))
    if loader["user"] == LOADER and cursor.fetchone() == (True,):
        return []
    return [
        f"User {owner['user']}: expected to publish what {LOADER} loads, found user {loader['user']} in "
        f"{loader['setting']}, or no such membership; have a superuser run `psql {loader['database']} -f "
        "pipeline/postgres/roles.sql`."
    ]


def _find_problems(cursor: Cursor, parts: dict[str, str]) -> tuple[int, list[str]]:
    """Return the major version, and a sentence for every requirement that is not met."""
    cursor.execute(SERVER_PROPERTIES)
    row = cursor.fetchone()
    assert row is not None
    version, installed, available, may_create, may_use_temp, is_superuser, encoding, postgis_schema = row
    problems = []
    if version < MIN_MAJOR_VERSION:
        expected = f"PostgreSQL {MIN_MAJOR_VERSION} or later"
        problems.append(f"The {parts['server']}: expected {expected}, found {version}; upgrade it.")
    if encoding != "UTF8":
        create = f"`createdb --encoding=UTF8 --template=template0 {parts['database']}_utf8`"
        problems.append(
            f"The database {parts['database']}: expected encoding UTF8, found {encoding}; create another one with "
            f"{create} and correct {parts['setting']}."
        )
    if postgis_schema not in (None, "public"):
        problems.append(
            f"PostGIS in database {parts['database']}: expected schema public, found {postgis_schema}; use another "
            "database for the pipeline, where a superuser runs `create extension postgis schema public`."
        )
    if available is None:
        package = f"postgresql-{version}-postgis-3"
        problems.append(f"The {parts['server']}: expected PostGIS, found none; install {package} on that machine.")
    elif installed is None and not is_superuser:
        extend = f"`create extension postgis` in database {parts['database']}"
        problems.append(f"PostGIS is not installed in the database: have a superuser run {extend}.")
    if not (may_create and may_use_temp):
        grant = f"`grant create, temporary on database {parts['database']} to {parts['user']}`"
        problems.append(f"User {parts['user']} may not create schemas: run {grant} as the database's owner.")
    return int(version), problems
