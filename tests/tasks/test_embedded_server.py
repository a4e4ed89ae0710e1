"""The embedded database, with real servers."""

import contextlib
import logging
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg2
import pytest

from pipeline.errors import PipelineError
from pipeline.postgres import server, server_state
from tests.running import server_pid

REPOSITORY = Path(__file__).resolve().parents[2]
RUN = "import sys, time; from pathlib import Path; from pipeline.postgres import server; folder = Path(sys.argv[1]); "


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """One cluster for most tests, in a path with spaces, a quote, a dollar sign and too long for a socket."""
    place = tmp_path_factory.mktemp("a store") / f"it's $HOME {'x' * 100}" / "postgres"
    yield place
    server.stop(place)


def ask(url: str, question: str) -> object:
    with contextlib.closing(psycopg2.connect(url)) as connection, connection, connection.cursor() as cursor:
        cursor.execute(question)
        row = cursor.fetchone()
        return row[0] if row else None


def script(folder: Path, text: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", RUN + text, str(folder)]
    return subprocess.Popen(command, cwd=REPOSITORY, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)


def test_it_is_made_started_and_stopped(folder: Path) -> None:
    assert server.url(folder) is None
    url = server.start(folder)
    assert url == server.url(folder) == server.start(folder)
    assert str(ask(url, "select postgis_version()")).startswith("3.")
    assert (folder / "password").stat().st_mode & 0o777 == 0o600
    settings = {name: ask(url, f"show {name}") for name in ("timezone", "fsync", "jit", "wal_level", "lc_collate")}
    assert settings == {"timezone": "UTC", "fsync": "on", "jit": "off", "wal_level": "minimal", "lc_collate": "C"}
    server.stop(folder)
    assert not server.is_running(folder)
    server.stop(folder)


def test_a_wrong_password_is_refused(folder: Path) -> None:
    url = server.start(folder)
    secret = (folder / "password").read_text()
    with pytest.raises(psycopg2.OperationalError, match="password authentication failed"):
        psycopg2.connect(url.replace(secret, "wrong"))


def test_what_was_written_survives_a_killed_server(folder: Path) -> None:
    url = server.start(folder)
    ask(url, "create table if not exists kept (n int); insert into kept values (7); select 1")
    # Commits are written out a moment later, unless something asks for it.
    ask(url, "set synchronous_commit = on; create table if not exists flushed (n int); select 1")
    os.kill(server_pid(folder / "server" / "data"), signal.SIGKILL)
    while server.is_running(folder):
        time.sleep(0.01)
    assert ask(server.start(folder), "select n from kept") == 7


def test_a_pid_file_that_names_another_process_is_no_obstacle(folder: Path) -> None:
    server.stop(folder)
    (folder / "server" / "data" / "postmaster.pid").write_text(f"{os.getpid()}\n/elsewhere\n0\n5432\n")
    assert ask(server.start(folder), "select 1") == 1


def test_it_moves_when_its_port_is_taken(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    server.start(folder)
    server.stop(folder)
    port = server_state.read(folder).port
    with socket.socket() as thief:
        thief.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        thief.bind(("127.0.0.1", port))
        thief.listen()
        with caplog.at_level(logging.WARNING):
            assert ask(server.start(folder), "select 1") == 1
    assert f"Port {port} is taken" in caplog.text
    assert server_state.read(folder).port != port
    server.stop(folder)


def test_the_last_user_stops_it_and_a_forked_child_does_not(folder: Path) -> None:
    server.stop(folder)
    other = script(folder, "print(server.start(folder), flush=True); sys.stdin.read()")
    assert other.stdout is not None and other.stdout.readline().startswith("postgresql://")
    fork = "import os; server.start(folder); child = os.fork(); "
    first = script(folder, fork + "child or server.start(folder); child or sys.exit(); os.wait(); print('alone')")
    assert first.communicate()[0].strip() == "alone"
    assert server.is_running(folder)
    other.communicate()
    assert not server.is_running(folder)


def test_a_parent_stands_for_a_worker_that_starts_it(folder: Path) -> None:
    server.stop(folder)
    fork = "import os; server.enlist(folder); child = os.fork(); "
    worker = "child or (server.start(folder), os._exit(0)); os.wait(); print(server.is_running(folder))"
    assert script(folder, fork + worker).communicate()[0] == "True\n"
    assert not server.is_running(folder)


def test_a_killed_run_leaves_a_server_that_the_next_one_stops(folder: Path) -> None:
    killed = script(folder, "server.start(folder); print('up', flush=True); time.sleep(60)")
    assert killed.stdout is not None and killed.stdout.readline() == "up\n"
    killed.kill()
    killed.communicate()
    assert server.is_running(folder)
    script(folder, "server.start(folder)").communicate()
    assert not server.is_running(folder)


def test_a_kept_server_outlives_its_users(folder: Path) -> None:
    script(folder, "server.start(folder, keep=True)").communicate()
    script(folder, "server.start(folder)").communicate()
    assert server.is_running(folder)
    server.stop(folder)
    assert not server.is_running(folder)


def test_two_starts_at_once_and_a_torn_initdb(tmp_path: Path) -> None:
    (tmp_path / "server" / "making-torn" / "data").mkdir(parents=True)
    both = [script(tmp_path, "print(server.start(folder), flush=True); time.sleep(0.5)") for _ in range(2)]
    urls = {process.communicate()[0] for process in both}
    assert len(urls) == 1 and urls.pop().startswith("postgresql://")
    assert not server.is_running(tmp_path)
    assert [path.name for path in (tmp_path / "server").iterdir()] == ["data"]


def test_a_folder_without_postgresql_is_named_with_the_way_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NTSB_POSTGRES_BIN", str(tmp_path))
    with pytest.raises(PipelineError, match=r"has no initdb(.|\n)*apt-get install"):
        server.find_binaries()


def test_data_of_another_version_ask_for_that_version() -> None:
    with pytest.raises(PipelineError, match="PostgreSQL 99 with PostGIS"):
        server.find_binaries(99)


def test_a_server_whose_settings_are_broken_says_so(folder: Path) -> None:
    server.stop(folder)
    path = folder / "server" / "data" / "postgresql.conf"
    sound = path.read_text()
    path.write_text(sound + "nonsense = yes\n")
    with pytest.raises(PipelineError, match="nonsense"):
        server.start(folder)
    path.write_text(sound)
