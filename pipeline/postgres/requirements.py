"""What the doctor asks of a database server."""

import contextlib

import psycopg2
from psycopg2.extensions import cursor as Cursor

from pipeline import config
from pipeline.errors import PipelineError
from pipeline.postgres import server
from pipeline.postgres.binaries import MIN_MAJOR_VERSION, pg_config
from pipeline.postgres.errors import describe_url, explain_error

SERVER_FACTS = """
select current_setting('server_version_num')::int / 10000,
       (select installed_version from pg_available_extensions where name = 'postgis'),
       (select default_version from pg_available_extensions where name = 'postgis'),
       has_database_privilege(current_database(), 'create'),
       has_database_privilege(current_database(), 'temp'),
       (select rolsuper from pg_roles where rolname = current_user)
"""


def check_embedded_server() -> str:
    """What the embedded server runs on, and whether it is made and running. Raises PipelineError without PostgreSQL."""
    binaries = server.find_binaries()
    place = config.targets_folder() / "postgres"
    condition = "running" if server.is_running(place) else "at rest" if server.exists(place) else "not made yet"
    return f"embedded: {pg_config(binaries, '--version')} with PostGIS in {binaries}; {condition}"


def check_external_server(url: str) -> str:
    """What that server is. Raises PipelineError with everything that is wrong with it."""
    try:
        with contextlib.closing(psycopg2.connect(url, connect_timeout=10)) as connection, connection.cursor() as cursor:
            version, faults = _find_problems(cursor, describe_url(url))
    except psycopg2.Error as error:
        raise PipelineError(explain_error(error, url)) from error
    if faults:
        raise PipelineError("\n".join(faults))
    return f"{describe_url(url)['place']}, PostgreSQL {version} with PostGIS".removeprefix("The ")


def _find_problems(cursor: Cursor, parts: dict[str, str]) -> tuple[int, list[str]]:
    cursor.execute(SERVER_FACTS)
    row = cursor.fetchone()
    assert row is not None
    version, installed, available, may_create, may_use_temp, is_superuser = row
    faults = []
    if version < MIN_MAJOR_VERSION:
        faults.append(f"{parts['place']} is PostgreSQL {version}: {MIN_MAJOR_VERSION} or later is needed.")
    if available is None:
        faults.append(f"{parts['place']} has no PostGIS: install postgresql-{version}-postgis-3 on that machine.")
    elif installed is None and not is_superuser:
        extend = f"`create extension postgis` in database {parts['database']}"
        faults.append(f"PostGIS is not installed in the database: have a superuser run {extend}.")
    if not (may_create and may_use_temp):
        grant = f"`grant create, temporary on database {parts['database']} to {parts['user']}`"
        faults.append(f"User {parts['user']} may not create schemas: run {grant} as the database's owner.")
    return int(version), faults
