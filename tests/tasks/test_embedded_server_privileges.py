"""As whom the embedded server runs: an ordinary user, root without namespaces."""

import contextlib
import os
import pwd
import shutil
import tempfile
from pathlib import Path

import psycopg2
import pytest

from pipeline.postgres import privileges, server


def ask(url: str, question: str) -> object:
    with contextlib.closing(psycopg2.connect(url)) as connection, connection, connection.cursor() as cursor:
        cursor.execute(question)
        row = cursor.fetchone()
        return row[0] if row else None


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_an_ordinary_user_can_run_it() -> None:
    nobody = pwd.getpwnam("nobody")
    place = Path(tempfile.mkdtemp(dir="/tmp"))
    os.chown(place, nobody.pw_uid, nobody.pw_gid)
    # Forked, not executed: the interpreter may lie where that user cannot read it.
    if (child := os.fork()) == 0:
        with contextlib.suppress(BaseException):
            os.setgroups([])
            os.setgid(nobody.pw_gid)
            os.setuid(nobody.pw_uid)
            found = ask(server.start(place), "select 7")
            server.stop(place)
            os._exit(0 if found == 7 else 1)
        os._exit(2)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert (place / "server" / "data").stat().st_uid == nobody.pw_uid
    shutil.rmtree(place)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root puts on a guise")
@pytest.mark.parametrize("mode", [0o755, 0o700])
def test_root_without_namespaces(mode: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Mode 700: nobody cannot enter the store, so the data go elsewhere."""
    guises = privileges._candidate_users
    monkeypatch.setattr(privileges, "_candidate_users", lambda place: list(guises(place))[1:])
    place = Path(tempfile.mkdtemp(dir="/tmp"))
    away = Path(tempfile.mkdtemp(dir="/tmp"))
    monkeypatch.setattr(privileges, "FALLBACK_FOLDER", away)
    place.chmod(mode)
    away.chmod(0o755)
    try:
        assert ask(server.start(place), "select 7") == 7
        assert (place / "server").is_symlink() == (mode == 0o700)
        server.stop(place)
        assert ask(server.start(place), "select 7") == 7
        server.remove(place)
        assert not server.exists(place) and not list(away.iterdir())
    finally:
        server.stop(place)
        shutil.rmtree(place)
        shutil.rmtree(away)
