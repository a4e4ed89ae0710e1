"""The embedded server: creation, start, stop, shared use, kills and faults."""

import contextlib
import logging
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg2
import pytest

from pipeline.errors import PipelineError
from pipeline.postgres import process, server, server_state
from tests.running import server_pid

REPOSITORY = Path(__file__).resolve().parents[2]
PREAMBLE = """
import sys, time
from pathlib import Path
from pipeline.postgres import server
folder = Path(sys.argv[1])
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """One cluster for most tests, in a path with spaces, a quote and a dollar sign that is too long for a socket."""
    path = tmp_path_factory.mktemp("a store") / f"it's $HOME {'x' * 100}" / "postgres"
    yield path
    server.stop(path)


def fetch_value(url: str, query: str) -> object:
    with contextlib.closing(psycopg2.connect(url)) as connection, connection, connection.cursor() as cursor:
        cursor.execute(query)
        row = cursor.fetchone()
        return row[0] if row else None


def start_script(folder: Path, text: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", PREAMBLE + text, str(folder)]
    return subprocess.Popen(command, cwd=REPOSITORY, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)


def test_it_is_created_started_and_stopped(folder: Path) -> None:
    assert server.url(folder) is None
    url = server.start(folder)
    assert url == server.url(folder) == server.start(folder)
    assert str(fetch_value(url, "select postgis_version()")).startswith("3.")
    assert (folder / "password").stat().st_mode & 0o777 == 0o600
    settings = {"timezone": "UTC", "fsync": "on", "jit": "off", "wal_level": "minimal", "lc_collate": "C"}
    assert {name: fetch_value(url, f"show {name}") for name in settings} == settings
    server.stop(folder)
    assert not server.is_running(folder)
    server.stop(folder)


def test_a_wrong_password_is_rejected(folder: Path) -> None:
    url = server.start(folder)
    password = (folder / "password").read_text()
    with pytest.raises(psycopg2.OperationalError, match="password authentication failed"):
        psycopg2.connect(url.replace(password, "wrong"))


def test_committed_rows_survive_a_killed_server(folder: Path) -> None:
    url = server.start(folder)
    fetch_value(url, "create table if not exists kept (n int); insert into kept values (7); select 1")
    os.kill(server_pid(folder / "server" / "data"), signal.SIGKILL)
    while server.is_running(folder):
        time.sleep(0.01)
    assert fetch_value(server.start(folder), "select n from kept") == 7


def test_a_stale_pid_file_with_the_id_of_another_process_is_removed(folder: Path) -> None:
    server.stop(folder)
    (folder / "server" / "data" / "postmaster.pid").write_text(f"{os.getpid()}\n/elsewhere\n0\n5432\n")
    assert fetch_value(server.start(folder), "select 1") == 1


def test_it_moves_to_another_port_where_its_own_is_taken(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    server.start(folder)
    server.stop(folder)
    port = server_state.read(folder).port
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
        listener.listen()
        with caplog.at_level(logging.WARNING):
            assert fetch_value(server.start(folder), "select 1") == 1
    assert f"Port {port} is taken" in caplog.text
    assert server_state.read(folder).port != port
    server.stop(folder)


@pytest.mark.parametrize("content", [None, "not JSON"])
def test_a_server_with_a_lost_state_is_found_and_stopped(folder: Path, content: str | None) -> None:
    url = server.start(folder)
    (folder / "state.json").unlink()
    if content:
        (folder / "state.json").write_text(content)
    assert server.url(folder) == server.start(folder) == url
    (folder / "state.json").unlink()
    server.stop(folder)
    assert not server.is_running(folder) and not (folder / "server" / "data" / "postmaster.pid").exists()
    assert server.start(folder) == url


def test_it_creates_nothing_outside_its_folder_and_listens_on_loopback_only(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.stop(folder)
    with monkeypatch.context() as patch:
        patch.setenv("TMPDIR", str(tmp_path))
        patch.setattr(tempfile, "tempdir", None)
        url = server.start(folder)
    assert list(tmp_path.iterdir()) == []
    assert fetch_value(url, "show unix_socket_directories") == ""
    assert fetch_value(url, "show listen_addresses") == process.LOOPBACK
    assert (folder / "locks").stat().st_mode & 0o777 == 0o700


def test_a_server_that_exceeds_its_timeout_is_used_later(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server.stop(folder)
    started = process.start_server
    with monkeypatch.context() as patch:
        patch.setattr(process, "start_server", lambda *arguments: started(*arguments) or "server did not start in time")
        with pytest.raises(PipelineError, match="in time"):
            server.start(folder)
    assert fetch_value(server.start(folder), "select 1") == 1


def test_a_server_that_does_not_start_is_reported_with_the_cause_and_what_to_do(folder: Path) -> None:
    server.start(folder)
    server.stop(folder)
    settings = (folder / "server").resolve() / "data" / "postgresql.conf"
    original = settings.read_text()
    settings.write_text(f"{original}\nnonsense = on\n")
    message = r'(?s)postgres: expected a database server that starts, found .*"nonsense".*\nCorrect the cause and run'
    with pytest.raises(PipelineError, match=message):
        server.start(folder)
    settings.write_text(original)
    assert fetch_value(server.start(folder), "select 1") == 1


def test_a_database_that_cannot_be_created_is_reported_with_the_cause_and_what_to_do(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "LOCALES", (("--locale=nowhere",),))
    message = r"(?s)expected a new database, found that initdb failed:\n.*nowhere.*\nCorrect the cause and run again"
    with pytest.raises(PipelineError, match=message):
        server.start(tmp_path / "postgres")


@pytest.mark.parametrize("link", ["server", "postgres"])
def test_removing_it_does_not_follow_a_link(tmp_path: Path, link: str) -> None:
    kept = tmp_path / "kept" / ("data" if link == "server" else "server") / "file"
    kept.parent.mkdir(parents=True)
    kept.write_text("kept")
    folder = tmp_path / "postgres"
    if link == "server":
        folder.mkdir()
        (folder / "server").symlink_to(tmp_path / "kept")
    else:
        folder.symlink_to(tmp_path / "kept")
    server.remove(folder)
    assert kept.read_text() == "kept" and not (folder / "server").is_symlink()


def test_a_server_that_does_not_stop_is_reported_without_proc(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server.start(folder)
    with monkeypatch.context() as patch:
        patch.setattr(process, "_has_processes", lambda _: False)
        patch.setattr(process, "_pg_ctl", lambda *_: 1)
        with pytest.raises(PipelineError, match="expected a stopped database server"):
            server.stop(folder)
    assert server.is_running(folder)


def test_a_copied_folder_is_not_taken_for_the_running_server(folder: Path, tmp_path: Path) -> None:
    server.start(folder)
    (tmp_path / "server" / "data").mkdir(parents=True)
    shutil.copy(folder / "server" / "data" / "postmaster.pid", tmp_path / "server" / "data")
    server.stop(tmp_path)
    assert server.url(tmp_path) is None and server.is_running(folder)


def test_a_server_is_recognized_in_a_path_with_separators_of_lines(tmp_path: Path) -> None:
    """Characters that Python takes for ends of lines, and PostgreSQL does not; a byte that is not UTF-8."""
    for name in ("a\x0bb\x0cc\x1cd\x1de\x1ef", "a\x85b\u2028c\u2029d", os.fsdecode(b"a\xffb")):
        (data := tmp_path / name / "data").mkdir(parents=True)
        lines = (os.getpid(), data, 1_700_000_000, 5432, "", "127.0.0.1", "  5432001    32768", "ready   ")
        (data / "postmaster.pid").write_bytes(os.fsencode("\n".join(map(str, lines)) + "\n"))
        assert process.find_port(data) == 5432, ascii(name)


def test_the_last_user_stops_it_but_a_forked_child_does_not(folder: Path) -> None:
    server.stop(folder)
    other = start_script(folder, "print(server.start(folder), flush=True); sys.stdin.read()")
    assert other.stdout is not None and other.stdout.readline().startswith("postgresql://")
    fork = "import os; server.start(folder); child = os.fork(); "
    first = start_script(folder, fork + "child or server.start(folder); child or sys.exit(); os.wait(); print('alone')")
    assert first.communicate()[0].strip() == "alone"
    assert server.is_running(folder)
    other.communicate()
    assert not server.is_running(folder)


def test_a_killed_run_leaves_a_server_that_the_next_one_stops(folder: Path) -> None:
    killed = start_script(folder, "server.start(folder); print('up', flush=True); time.sleep(60)")
    assert killed.stdout is not None and killed.stdout.readline() == "up\n"
    killed.kill()
    killed.communicate()
    assert server.is_running(folder)
    start_script(folder, "server.start(folder)").communicate()
    assert not server.is_running(folder)


def test_a_kept_server_outlives_its_users(folder: Path) -> None:
    start_script(folder, "server.start(folder, keep=True)").communicate()
    start_script(folder, "server.start(folder)").communicate()
    assert server.is_running(folder)
    server.stop(folder)
    assert not server.is_running(folder)


def test_concurrent_starts_and_an_incomplete_initdb(tmp_path: Path) -> None:
    (tmp_path / "server" / "making-incomplete" / "data").mkdir(parents=True)
    both = [start_script(tmp_path, "print(server.start(folder), flush=True); time.sleep(0.5)") for _ in range(2)]
    urls = {process.communicate()[0] for process in both}
    assert len(urls) == 1 and urls.pop().startswith("postgresql://")
    assert not server.is_running(tmp_path)
    assert [path.name for path in (tmp_path / "server").iterdir()] == ["data"]


def test_missing_postgresql_is_reported_with_the_installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NTSB_POSTGRES_BIN", str(tmp_path))
    with pytest.raises(PipelineError, match=r"has no initdb(.|\n)*apt-get install"):
        server.find_binaries()


def test_data_of_another_version_need_that_version() -> None:
    with pytest.raises(PipelineError, match="PostgreSQL 99 with PostGIS"):
        server.find_binaries(99)


def test_invalid_server_settings_are_reported(folder: Path) -> None:
    server.stop(folder)
    path = folder / "server" / "data" / "postgresql.conf"
    valid = path.read_text()
    path.write_text(valid + "nonsense = yes\n")
    with pytest.raises(PipelineError, match="nonsense"):
        server.start(folder)
    path.write_text(valid)
