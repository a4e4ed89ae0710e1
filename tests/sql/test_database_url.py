"""The addresses that are printed for psql: no password, and a role that may only read."""

import contextlib
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg2
import pytest
from psycopg2.extensions import make_dsn, parse_dsn

from pipeline.errors import PipelineError
from pipeline.postgres import passfile, server_state
from pipeline.postgres import server as embedded_server
from pipeline.postgres.binaries import find_binaries
from pipeline.postgres.roles import READER

PASSWORD = "p@s:s\\w'ö %40/?"


@pytest.fixture
def owner_url(server: str) -> Iterator[str]:
    """The URL of a database with one table, which the reader may read."""
    with contextlib.closing(psycopg2.connect(server)) as connection, connection, connection.cursor() as cursor:
        cursor.execute("create role ann login superuser")
        cursor.execute("alter role ann password %s", (PASSWORD,))
        cursor.execute("create table public.town (id integer); grant select on public.town to public")
    yield server
    with contextlib.closing(psycopg2.connect(server)) as connection, connection, connection.cursor() as cursor:
        cursor.execute("drop table public.town; drop role ann")


@pytest.fixture
def reader_url(owner_url: str, tmp_path: Path) -> str:
    """The URL of the role ntsb_reader, with its password."""
    (tmp_path / "password").write_text(parse_dsn(owner_url)["password"])
    password = server_state.role_password(tmp_path, READER)
    assert password not in owner_url
    # Tests of roles set other passwords on the same server.
    with contextlib.closing(psycopg2.connect(owner_url)) as connection, connection, connection.cursor() as cursor:
        cursor.execute("alter role ntsb_reader login password %s", (password,))
    return embedded_server.role_url(owner_url, tmp_path, READER)


def test_the_reader_reads_and_cannot_write(reader_url: str, tmp_path: Path) -> None:
    url = passfile.url_without_password(reader_url, tmp_path / "passwords")
    with contextlib.closing(psycopg2.connect(url)) as connection, connection.cursor() as cursor:
        connection.autocommit = True
        cursor.execute("select current_user, count(*) from town")
        assert cursor.fetchone() == ("ntsb_reader", 0)
        for statement in ("insert into town values (1)", "create table new (id integer)", "drop table town"):
            with pytest.raises(psycopg2.errors.InsufficientPrivilege):
                cursor.execute(statement)


def test_the_password_is_in_a_private_file_only(reader_url: str, owner_url: str, tmp_path: Path) -> None:
    folder = tmp_path / "a ?folder%20'"
    urls = [passfile.url_without_password(url, folder) for url in (reader_url, owner_url)]
    for url in urls:
        parts = parse_dsn(url)
        assert "password" not in parts
        path = Path(parts["passfile"])
        assert path.stat().st_mode & 0o777 == 0o600
        assert path.read_text().strip().rpartition(":")[2] not in url
    assert sorted(folder.iterdir()) == sorted(Path(parse_dsn(url)["passfile"]) for url in urls)
    content = [path.read_text() for path in sorted(folder.iterdir())]
    assert [passfile.url_without_password(url, folder) for url in (reader_url, owner_url)] == urls
    assert [path.read_text() for path in sorted(folder.iterdir())] == content


def test_psql_accepts_the_url(reader_url: str, tmp_path: Path) -> None:
    url = passfile.url_without_password(reader_url, tmp_path / "it's a folder")
    psql = [str(find_binaries().parent / "bin" / "psql"), "-X", "-A", "-t", "-w", "-c", "select current_user", url]
    assert subprocess.run(psql, capture_output=True, text=True, check=True).stdout.strip() == "ntsb_reader"


@pytest.mark.parametrize("form", ["keywords", "query"])
def test_any_password_of_an_external_server_works(owner_url: str, tmp_path: Path, form: str) -> None:
    dsn = make_dsn(owner_url, user="ann", password=PASSWORD)
    url = passfile.url_without_password(dsn, tmp_path)
    assert PASSWORD not in url
    if form == "query":
        url = passfile.url_without_password(url, tmp_path)
    with contextlib.closing(psycopg2.connect(url)) as connection, connection.cursor() as cursor:
        cursor.execute("select current_user")
        assert cursor.fetchone() == ("ann",)


@pytest.mark.parametrize("url", ["postgresql://u:p%zzword@h/db", "postgresq://ann:p%zzword@h", "password='p%zzword"])
def test_an_invalid_url_is_an_error_without_its_password(url: str, tmp_path: Path) -> None:
    with pytest.raises(PipelineError, match="NTSB_DATABASE_URL: expected a PostgreSQL URL") as raised:
        passfile.url_without_password(url, tmp_path)
    assert "zzword" not in str(raised.value)
