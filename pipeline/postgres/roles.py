"""The roles of the pipeline, none of them a superuser; roles.sql describes and creates them."""

from collections.abc import Mapping
from pathlib import Path

from psycopg2.extensions import connection as Connection
from psycopg2.sql import SQL, Identifier, Literal

OWNER, LOADER, READER = "ntsb_owner", "ntsb_loader", "ntsb_reader"
# Created by roles.sql in the schema public. pg_trgm, one of PostgreSQL's contrib modules, finds similar texts.
EXTENSIONS = ("postgis", "pg_trgm")
FILE = Path(__file__).with_name("roles.sql")


def create_roles(connection: Connection, passwords: Mapping[str, str]) -> None:
    """Create the extensions and the roles in the connection's database, as a superuser, and set their passwords."""
    with connection, connection.cursor() as cursor:
        cursor.execute(FILE.read_text(encoding="utf-8"))
        for role, password in passwords.items():
            statement = SQL("alter role {} password {}").format(Identifier(role), Literal(password))
            cursor.execute(statement)
