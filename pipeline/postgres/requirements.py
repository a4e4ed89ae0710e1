"""Check a database server against the requirements of the pipeline."""

import contextlib

import psycopg2
from psycopg2.extensions import cursor as Cursor

from pipeline.errors import PipelineError
from pipeline.postgres import server
from pipeline.postgres.binaries import MIN_MAJOR_VERSION, pg_config
from pipeline.postgres.connection import embedded_server_folder
from pipeline.postgres.errors import describe_url, explain_error, parse_url
from pipeline.postgres.roles import EXTENSIONS, LOADER
from pipeline.postgres.session import open_connection

SERVER_PROPERTIES = """
select current_setting('server_version_num')::int / 10000,
       has_database_privilege(current_database(), 'create'),
       has_database_privilege(current_database(), 'temp'),
       (select rolsuper from pg_roles where rolname = current_user),
       current_setting('server_encoding')
"""
# A trusted extension can be created by any user who may create schemas.
EXTENSION_PROPERTIES = """
select wanted.name, bool_or(available.name is not null), bool_or(available.installed),
       coalesce(bool_or(available.trusted), false), min(extension.extnamespace::regnamespace::text)
from unnest(%s) with ordinality as wanted (name, position)
left join pg_available_extension_versions as available on available.name = wanted.name
left join pg_extension as extension on extension.extname = wanted.name
group by wanted.name, wanted.position
order by wanted.position
"""
PACKAGES = {"postgis": "postgresql-{version}-postgis-3", "pg_trgm": "PostgreSQL's contrib modules"}


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
                contextlib.closing(open_connection(address, is_embedded=False)) as connection,
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
    """Return a message if the owner, whose connection this is, cannot publish what the loader builds."""
    cursor.execute("select to_regrole(%s) is not null and pg_has_role(to_regrole(%s), 'usage')", (LOADER, LOADER))
    if loader["user"] == LOADER and cursor.fetchone() == (True,):
        return []
    return [
        f"User {owner['user']}: expected a member of {LOADER}, with which {loader['setting']} loads, found user "
        f"{loader['user']} there, or no membership; have a superuser run `psql {loader['database']} -f "
        "pipeline/postgres/roles.sql`."
    ]


def _find_problems(cursor: Cursor, parts: dict[str, str]) -> tuple[int, list[str]]:
    """Return the major version, and a message for every requirement that is not met."""
    cursor.execute(SERVER_PROPERTIES)
    row = cursor.fetchone()
    assert row is not None
    version, may_create, may_use_temp, is_superuser, encoding = row
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
    problems += _find_extension_problems(cursor, parts, version, is_superuser)
    if not (may_create and may_use_temp):
        grant = f"`grant create, temporary on database {parts['database']} to {parts['user']}`"
        problems.append(f"User {parts['user']} may not create schemas: run {grant} as the database's owner.")
    return int(version), problems


def _find_extension_problems(cursor: Cursor, parts: dict[str, str], version: int, is_superuser: bool) -> list[str]:
    """Return a message for every extension that is not available, not created, or in another schema than public."""
    problems = []
    cursor.execute(EXTENSION_PROPERTIES, (list(EXTENSIONS),))
    for name, is_available, is_installed, is_trusted, schema in cursor.fetchall():
        if schema not in (None, "public"):
            problems.append(
                f"Extension {name} in database {parts['database']}: expected schema public, found {schema}; use "
                f"another database for the pipeline, where a superuser runs `create extension {name} schema public`."
            )
        if not is_available:
            package = PACKAGES[name].format(version=version)
            problems.append(
                f"The {parts['server']}: expected extension {name}, found none; install {package} on that machine."
            )
        elif not is_installed and not is_superuser and not is_trusted:
            problems.append(
                f"The database {parts['database']}: expected extension {name}, found none; have a superuser run "
                f"`create extension {name}` in it."
            )
    return problems
