"""Killed runs and database failures: a clear message, readers on the last release, and a rerun that completes."""

import os
import signal
import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pipeline.postgres import server_state
from tests.results import release
from tests.running import SAMPLES, RunResult, Workspace, assert_failed, server_pid


@pytest.fixture
def later(earlier: Workspace, tmp_path: Path) -> Iterator[Workspace]:
    """A store with the earlier release and a newer snapshot that is not loaded yet."""
    workspace = earlier.copied(tmp_path / "later", sources=str(SAMPLES))
    assert workspace.run("CreateSnapshot").code == 0
    yield workspace
    workspace.stop()


def publish(workspace: Workspace, **variables: str) -> RunResult:
    """Runs PublishRelease."""
    changed = replace(workspace, variables={**workspace.variables, **variables})
    return changed.run("PublishRelease", "--snapshot", workspace.snapshot())


# Waits while a table is copied, so that a test can interrupt it.
SLOW = """
import time
from pyarrow import csv

write_csv = csv.write_csv


def write_slowly(*arguments):
    time.sleep(1)
    write_csv(*arguments)


csv.write_csv = write_slowly
"""


def test_a_server_killed_while_loading(later: Workspace, expected: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(SLOW)
    workspace = replace(later, variables={"PYTHONPATH": f"{tmp_path}:{later.repository}"})
    run = workspace.start("PublishRelease", "--snapshot", workspace.snapshot())
    assert run.wait_for(r"running   LoadRawTables\(")
    workspace.url()
    # While a table is copied: between two tables, a killed server would be started again.
    copying = "select pid from pg_stat_activity where query like 'copy \"%' and state = 'active'"
    while not workspace.query(copying):
        assert run.process.poll() is None, run.text()
    os.kill(server_pid(workspace.targets / "postgres" / "server" / "data"), signal.SIGKILL)
    assert_failed(
        run.result(), "connection to the database server .* was lost.*run again", "LoadRawTables", "PublishRelease"
    )
    assert publish(later).code == 0
    assert release(later) == expected["release"]


@pytest.mark.parametrize(
    "pattern",
    [
        r"running   CastTables\(",
        r"done      MergeTable\(.*events\)",
        r"done      CreateView\(",
        r"running   RunChecks\(",
        r"running   PublishRelease\(",
    ],
)
def test_a_server_killed_during_a_task(later: Workspace, expected: dict[str, Any], pattern: str) -> None:
    """A task whose work is lost is not complete, and every failure has a message without a traceback."""
    before = release(later)
    run = later.start("PublishRelease", "--snapshot", later.snapshot())
    assert run.wait_for(pattern)
    os.kill(server_pid(later.targets / "postgres" / "server" / "data"), signal.SIGKILL)
    result = run.result()
    assert "Traceback" not in result.text, result.text[-3000:]
    assert "does not exist" not in result.text and "still returning false" not in result.text, result.text[-3000:]
    assert release(later) in (before, expected["release"])
    assert publish(later).code == 0
    assert release(later) == expected["release"]


def test_a_wrong_password(later: Workspace) -> None:
    url = later.url()
    secret = (later.targets / "postgres" / "password").read_text().strip()
    result = publish(later, NTSB_DATABASE_URL=url.replace(secret, "not-the-password"))
    assert_failed(
        result,
        "rejects user ntsb: correct user and password in NTSB_DATABASE_URL",
        "PrepareDatabase",
        "LoadRawTables",
    )
    assert secret not in result.text and "not-the-password" not in result.text


@pytest.mark.parametrize("answers", [False, True])
def test_a_url_without_a_database_server(later: Workspace, answers: bool) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        if answers:
            # Accepts the connection and never answers.
            other.listen()
            other.settimeout(0)
        port = other.getsockname()[1]
        if not answers:
            other.close()
        url = f"postgresql://ann:secret@127.0.0.1:{port}/ntsb?connect_timeout=2"
        result = publish(later, NTSB_DATABASE_URL=url)
    assert_failed(
        result,
        f"127.0.0.1:{port} does not answer: start that server, or correct the address in NTSB_DATABASE_URL",
        "LoadRawTables",
    )


def test_a_port_in_use(later: Workspace) -> None:
    """The embedded server uses another port and reports it."""
    later.url()
    later.stop()
    port = server_state.read(later.targets / "postgres").port
    with socket.socket() as thief:
        thief.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        thief.bind(("127.0.0.1", port))
        thief.listen()
        result = later.run("PrepareDatabase")
    assert result.code == 0
    assert f"Port {port} is taken by another program: the database moves to another port." in result.text
