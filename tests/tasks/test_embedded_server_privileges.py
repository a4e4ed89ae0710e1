"""The user of the embedded server: an ordinary user, and root without user namespaces."""

import contextlib
import os
import pwd
import shutil
import tempfile
import time
from pathlib import Path

import psycopg2
import pytest

from pipeline.errors import PipelineError
from pipeline.postgres import privileges, server
from pipeline.postgres.binaries import find_binaries
from tests.running import server_pid


def fetch_value(url: str, query: str) -> object:
    with contextlib.closing(psycopg2.connect(url)) as connection, connection, connection.cursor() as cursor:
        cursor.execute(query)
        row = cursor.fetchone()
        return row[0] if row else None


def has_ended(pid: int) -> bool:
    """True if the process ends within a minute: `server.stop` returns when it has removed its pid file."""
    limit = time.monotonic() + 60
    while Path(f"/proc/{pid}/cwd").exists() and time.monotonic() < limit:
        time.sleep(0.01)
    return not Path(f"/proc/{pid}/cwd").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_an_ordinary_user_can_run_it() -> None:
    nobody = pwd.getpwnam("nobody")
    folder = Path(tempfile.mkdtemp(dir="/tmp"))
    os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    # Forked, not executed: that user may have no access to the interpreter.
    if (child := os.fork()) == 0:
        with contextlib.suppress(BaseException):
            os.setgroups([])
            os.setgid(nobody.pw_gid)
            os.setuid(nobody.pw_uid)
            value = fetch_value(server.start(folder), "select 7")
            server.stop(folder)
            os._exit(0 if value == 7 else 1)
        os._exit(2)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert (folder / "server" / "data").stat().st_uid == nobody.pw_uid
    shutil.rmtree(folder)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root drops privileges")
def test_root_gives_no_folder_behind_a_link_to_another_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "elsewhere").mkdir()
    os.chown(tmp_path / "elsewhere", 65534, 65534)
    monkeypatch.setattr(privileges, "FALLBACK_FOLDER", tmp_path)
    link, binaries = tmp_path / "server", find_binaries(None)
    link.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(PipelineError, match=f"{link}: expected a folder, found a link to {tmp_path / 'elsewhere'}"):
        privileges.choose_user(tmp_path, binaries)
    assert (tmp_path / "elsewhere").stat().st_uid == 65534
    link.unlink()
    privileges.choose_user(tmp_path, binaries)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root drops privileges")
@pytest.mark.parametrize("mode", [0o755, 0o700])
def test_root_without_namespaces(mode: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """With mode 700, the user nobody has no access to the store, so the data are kept elsewhere."""
    candidates = privileges._candidate_users
    monkeypatch.setattr(privileges, "_candidate_users", lambda path: list(candidates(path))[1:])
    folder = Path(tempfile.mkdtemp(dir="/tmp"))
    fallback = Path(tempfile.mkdtemp(dir="/tmp"))
    monkeypatch.setattr(privileges, "FALLBACK_FOLDER", fallback)
    folder.chmod(mode)
    fallback.chmod(0o755)
    try:
        assert fetch_value(server.start(folder), "create table kept as select 7 as n; select n from kept") == 7
        assert (folder / "server").is_symlink() == (mode == 0o700)
        pid = server_pid(folder / "server" / "data")
        server.stop(folder)
        assert has_ended(pid)
        assert fetch_value(server.start(folder), "select n from kept") == 7
        pid = server_pid(folder / "server" / "data")
        server.remove(folder)
        assert has_ended(pid)
        assert not server.exists(folder) and not list(fallback.iterdir())
    finally:
        server.stop(folder)
        shutil.rmtree(folder)
        shutil.rmtree(fallback)
