"""What the doctor asks of a database server."""

import contextlib

import psycopg2
from psycopg2.extensions import cursor as Cursor

from pipeline import settings
from pipeline.errors import PipelineError
from pipeline.server import cluster
from pipeline.server.cluster_binaries import OLDEST, ask
from pipeline.server.postgres_errors import explain, where

RIGHTS = """
select current_setting('server_version_num')::int / 10000,
       (select installed_version from pg_available_extensions where name = 'postgis'),
       (select default_version from pg_available_extensions where name = 'postgis'),
       has_database_privilege(current_database(), 'create'),
       has_database_privilege(current_database(), 'temp'),
       (select rolsuper from pg_roles where rolname = current_user)
"""


def embedded() -> str:
    """What the embedded server runs on, and whether it is made and running. Raises PipelineError without PostgreSQL."""
    binaries = cluster.find_binaries()
    place = settings.targets_folder() / "postgres"
    condition = "running" if cluster.is_running(place) else "at rest" if cluster.is_made(place) else "not made yet"
    return f"embedded: {ask(binaries, '--version')} with PostGIS in {binaries}; {condition}"


def external(url: str) -> str:
    """What that server is. Raises PipelineError with everything that is wrong with it."""
    try:
        with contextlib.closing(psycopg2.connect(url, connect_timeout=10)) as connection, connection.cursor() as cursor:
            version, faults = _faults(cursor, where(url))
    except psycopg2.Error as error:
        raise PipelineError(explain(error, url)) from error
    if faults:
        raise PipelineError("\n".join(faults))
    return f"{where(url)['place']}, PostgreSQL {version} with PostGIS".removeprefix("The ")


def _faults(cursor: Cursor, parts: dict[str, str]) -> tuple[int, list[str]]:
    cursor.execute(RIGHTS)
    row = cursor.fetchone()
    assert row is not None
    version, installed, available, may_create, may_use_temp, is_superuser = row
    faults = []
    if version < OLDEST:
        faults.append(f"{parts['place']} is PostgreSQL {version}: {OLDEST} or later is needed.")
    if available is None:
        faults.append(f"{parts['place']} has no PostGIS: install postgresql-{version}-postgis-3 on that machine.")
    elif installed is None and not is_superuser:
        extend = f"`create extension postgis` in database {parts['database']}"
        faults.append(f"PostGIS is not installed in the database: have a superuser run {extend}.")
    if not (may_create and may_use_temp):
        grant = f"`grant create, temporary on database {parts['database']} to {parts['user']}`"
        faults.append(f"User {parts['user']} may not create schemas: run {grant} as the database's owner.")
    return int(version), faults
