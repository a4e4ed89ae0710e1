"""The end of a run names the failures, whatever state the database is in."""

import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg2
import pytest
from psycopg2.extensions import make_dsn

from tests.running import Workspace

# What a database may contain before it is prepared, or after another program has changed it.
STATES = {
    "empty": "select",
    "schema only": "create schema audit",
    "other columns": "create schema audit; create table audit.release (name text)",
    "no release": "create schema audit; create table audit.release (id text, is_current boolean)",
}


@pytest.fixture
def url(server: str, request: pytest.FixtureRequest) -> Iterator[str]:
    """A database in one of the states."""
    name = f"unprepared_{list(STATES).index(request.param)}"
    with closing(psycopg2.connect(server, dbname="postgres")) as admin:
        admin.autocommit = True
        with admin.cursor() as cursor:
            cursor.execute(f"create database {name}")
        address = make_dsn(server, dbname=name)
        with closing(psycopg2.connect(address)) as connection, connection, connection.cursor() as cursor:
            cursor.execute(STATES[request.param])
        yield address
        with admin.cursor() as cursor:
            cursor.execute(f"drop database {name} with (force)")


@pytest.mark.parametrize("url", STATES, indirect=True)
def test_the_summary_names_failures_without_a_release(url: str, repository: Path, tmp_path: Path) -> None:
    store = Workspace(tmp_path / "store", repository, "/nowhere", {"NTSB_DATABASE_URL": url})
    result = store.run("AllReports")
    assert result.code != 0 and "Traceback" not in result.text
    assert re.search("^FAILED /nowhere: expected a folder with the zips", result.text, re.MULTILINE)
    assert "nothing was run" not in result.text and "audit.run_log" not in result.text
