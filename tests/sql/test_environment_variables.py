"""No variable of the environment changes how connections read and write values, or where the embedded server is."""

from contextlib import closing
from pathlib import Path

import psycopg2
import pytest
from psycopg2.extensions import make_dsn

from pipeline.errors import PipelineError
from pipeline.operations import health
from pipeline.postgres import requirements, roles
from pipeline.postgres import server as embedded_server
from pipeline.postgres.connection import embedded_server_folder, transaction
from pipeline.postgres.session import SESSION_SETTINGS
from tests.environment import HOSTILE_ENVIRONMENT

# Values whose text depends on the session.
QUERY = """
    select timestamptz '2024-02-03 04:05:06+00'::text, date '2024-02-03'::text, interval '-1 day 2 hours'::text,
        (1.0 / 3)::float8::text, '\\x00ff'::bytea::text, 'Größe €', 'a\\b', length('Größe €'), 12::money::text,
        to_tsvector('the engines')::text, current_setting('search_path'), current_setting('client_encoding')
"""
EXPECTED = (
    *("2024-02-03 04:05:06+00", "2024-02-03", "-1 days +02:00:00", "0.3333333333333333", "\\x00ff", "Größe €", "a\\b"),
    *(7, "$12.00", "'engin':2", "ntsb, mart, public", "UTF8"),
)
DATA_VARIABLES = ("PGCLIENTENCODING", "PGDATESTYLE", "PGGEQO", "PGOPTIONS", "PGTZ")


def text_values() -> tuple[object, ...]:
    with transaction() as cursor:
        cursor.execute(QUERY)
        return cursor.fetchone() or ()


def test_variables_do_not_affect_the_embedded_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NTSB_STORE", str(tmp_path))
    for name, value in HOSTILE_ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    try:
        assert text_values() == EXPECTED
    finally:
        embedded_server.remove(embedded_server_folder())


def test_variables_do_not_affect_values_of_an_external_server(
    server: str, template: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NTSB_DATABASE_URL", make_dsn(server, dbname=template))
    for name in DATA_VARIABLES:
        monkeypatch.setenv(name, HOSTILE_ENVIRONMENT[name])
    assert text_values() == EXPECTED


def test_settings_of_the_server_do_not_affect_values(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    unlike = {"timezone": "Asia/Tokyo", "datestyle": "German", "intervalstyle": "iso_8601", "extra_float_digits": "-15"}
    unlike |= {"bytea_output": "escape", "standard_conforming_strings": "off", "default_transaction_read_only": "on"}
    unlike |= {"default_text_search_config": "pg_catalog.simple", "client_encoding": "LATIN1", "lc_monetary": "C.UTF-8"}
    assert unlike.keys() - {"client_encoding"} <= SESSION_SETTINGS.keys()
    with closing(psycopg2.connect(server, dbname="postgres")) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute("create database unlike")
            for name, value in unlike.items():
                cursor.execute(f"alter database unlike set {name} = '{value}'")
    monkeypatch.setenv("NTSB_DATABASE_URL", make_dsn(server, dbname="unlike"))
    assert text_values() == EXPECTED
    with transaction() as cursor:
        cursor.execute("create table written (id int)")


@pytest.fixture(scope="module")
def unsuitable(server: str) -> str:
    """The URL of a database in LATIN1 with the extensions in a schema of their own."""
    with closing(psycopg2.connect(server, dbname="postgres")) as connection:
        connection.autocommit = True
        connection.cursor().execute("create database latin encoding 'LATIN1' locale 'C' template template0")
    with closing(psycopg2.connect(server, dbname="latin")) as connection, connection, connection.cursor() as cursor:
        cursor.execute("create schema gis; create extension postgis schema gis; create extension pg_trgm schema gis")
    return make_dsn(server, dbname="latin")


def test_another_encoding_and_extensions_in_another_schema_are_rejected(
    unsuitable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(PipelineError) as raised:
        requirements.check_external_server(unsuitable)
    assert "The database latin: expected encoding UTF8, found LATIN1; create another one with" in str(raised.value)
    for name in roles.EXTENSIONS:
        expected = f"Extension {name} in database latin: expected schema public, found gis; use another database"
        assert expected in str(raised.value)
    monkeypatch.setenv("NTSB_DATABASE_URL", unsuitable)
    result = health.check_database()
    assert (result.status, result.finding) == ("fail", str(raised.value))
