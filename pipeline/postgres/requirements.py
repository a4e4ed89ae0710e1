"""Check a database server against the requirements of the pipeline."""

import contextlib

import psycopg2
from psycopg2.extensions import cursor as Cursor

from pipeline import config
from pipeline.errors import PipelineError
from pipeline.postgres import server
from pipeline.postgres.binaries import MIN_MAJOR_VERSION, pg_config
from pipeline.postgres.errors import describe_url, explain_error, parse_url

SERVER_PROPERTIES = """
select current_setting('server_version_num')::int / 10000,
       (select installed_version from pg_available_extensions where name = 'postgis'),
       (select default_version from pg_available_extensions where name = 'postgis'),
       has_database_privilege(current_database(), 'create'),
       has_database_privilege(current_database(), 'temp'),
       (select rolsuper from pg_roles where rolname = current_user)
"""


def check_embedded_server() -> str:
    """Return a description of the embedded server: its version and state. Raises PipelineError without PostgreSQL."""
    binaries = server.find_binaries()
    folder = config.targets_folder() / "postgres"
    state = "running" if server.is_running(folder) else "stopped" if server.exists(folder) else "not created yet"
    return f"embedded: {pg_config(binaries, '--version')} with PostGIS in {binaries}; {state}"


def check_external_server(url: str) -> str:
    """Return a description of an external server. Raises PipelineError with all requirements that it does not meet."""
    parse_url(url)
    try:
        with contextlib.closing(psycopg2.connect(url, connect_timeout=10)) as connection, connection.cursor() as cursor:
            version, problems = _find_problems(cursor, describe_url(url))
    except psycopg2.Error as error:
        raise PipelineError(explain_error(error, url)) from error
    if problems:
        raise PipelineError("\n".join(problems))
    return f"{describe_url(url)['server']}, PostgreSQL {version} with PostGIS"


def _find_problems(cursor: Cursor, parts: dict[str, str]) -> tuple[int, list[str]]:
    """Return the major version, and a sentence for every requirement that is not met."""
    cursor.execute(SERVER_PROPERTIES)
    row = cursor.fetchone()
    assert row is not None
    version, installed, available, may_create, may_use_temp, is_superuser = row
    problems = []
    if version < MIN_MAJOR_VERSION:
        expected = f"PostgreSQL {MIN_MAJOR_VERSION} or later"
        problems.append(f"The {parts['server']}: expected {expected}, found {version}; upgrade it.")
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
