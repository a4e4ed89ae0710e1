"""System catalogs: every relation that is created and dropped leaves dead rows in them."""

from contextlib import closing

from psycopg2.sql import SQL, Identifier

from pipeline.postgres import server
from pipeline.postgres.connection import connect, embedded_server_folder, fetch_value, is_embedded
from pipeline.postgres.session import open_connection

# The conditions under which VACUUM does not skip a catalog; the role pg_maintain exists since PostgreSQL 17.
MAY_VACUUM = """
select rolsuper or pg_has_role(datdba, 'usage') or coalesce(pg_has_role(to_regrole('pg_maintain'), 'usage'), false)
from pg_roles, pg_database
where rolname = current_user and datname = current_database()
"""
# Catalogs that all databases of a server share are left to superusers.
CATALOGS = """
select relname from pg_class
where
    relnamespace = 'pg_catalog'::regnamespace and relkind = 'r'
    and (not relisshared or (select rolsuper from pg_roles where rolname = current_user))
order by relname
"""
OWNER_OF_DATABASE = """
select format(
    'system catalogs: expected user %s, the owner of database %s, found user %s; the server''s '
    'autovacuum does it',
    datdba::regrole, datname, current_user
)
from pg_database where datname = current_database()
"""


def vacuum_catalogs() -> str:
    """Vacuum the system catalogs, so that the space of dead rows is used again.

    Return a message if that needs another user, as it may on an external server, else an empty string.
    """
    if is_embedded():
        connection = open_connection(server.start(embedded_server_folder()), is_embedded=True)
    else:
        connection = connect(owner=True)
    with closing(connection):
        connection.autocommit = True
        with connection.cursor() as cursor:
            if not fetch_value(cursor, MAY_VACUUM):
                return str(fetch_value(cursor, OWNER_OF_DATABASE))
            cursor.execute(CATALOGS)
            for (name,) in cursor.fetchall():
                cursor.execute(SQL("vacuum {}").format(Identifier("pg_catalog", name)))
    return ""
