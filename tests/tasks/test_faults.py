"""Kills, a dying database, a full disk: a sentence each, readers on the last release, and a rerun that mends it."""

import os
import shutil
import signal
import socket
import stat
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pipeline.postgres import server_state
from tests.results import release
from tests.running import SAMPLES, Place, Told, sentence, server_pid
from tests.tasks.conftest import Disturbed


def test_a_run_that_was_killed_again_and_again_is_completed(disturbed: Disturbed) -> None:
    assert len(disturbed.kills) == 6, disturbed.kills
    assert disturbed.last is not None and disturbed.last.code == 0, disturbed.last
    # What was done before a kill is not done twice.
    assert "LoadRawTables" not in disturbed.last.families and "MergeTable" not in disturbed.last.families


def test_readers_saw_two_whole_releases_and_no_error(disturbed: Disturbed, earlier: Place) -> None:
    reader = disturbed.reader
    assert reader.errors == []
    assert reader.looks > 100
    before, after = reader.seen
    assert before[0] == release(earlier)["id"] and after[0] == release(disturbed.place)["id"]
    earlier.stop()
    for _, events, _, summarised, counted in (before, after):
        assert events == summarised
        assert counted is not None


@pytest.fixture
def later(earlier: Place, tmp_path: Path) -> Iterator[Place]:
    """A store with the earlier release, and one more source since, listed and not yet loaded."""
    place = earlier.copied(tmp_path / "later", sources=str(SAMPLES))
    assert place.run("CreateSnapshot").code == 0
    yield place
    place.stop()


def publish(place: Place, **variables: str) -> Told:
    """A run up to the publication."""
    changed = replace(place, variables={**place.variables, **variables})
    return changed.run("PublishRelease", "--snapshot", place.snapshot())


def slow_export(folder: Path) -> str:
    """A PATH on which mdb-export takes its time over one table, so that a fault comes while it works."""
    folder.mkdir()
    script = folder / "mdb-export"
    slow = 'case "$*" in *" -H "*" aircraft") sleep 5 ;; esac'
    script.write_text(f'#!/bin/sh\n{slow}\nexec "{shutil.which("mdb-export")}" "$@"\n')
    script.chmod(script.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)
    return f"{folder}:{os.environ['PATH']}"


def test_a_database_that_dies_while_loading(later: Place, expected: dict[str, Any], tmp_path: Path) -> None:
    place = replace(later, variables={"PATH": slow_export(tmp_path / "slow")})
    run = place.start("PublishRelease", "--snapshot", place.snapshot())
    assert run.wait_for(r"running   LoadRawTables\(")
    place.url()
    # That table and no other that names it in a column: between two tables a server that died is started again.
    copying = "select pid from pg_stat_activity where query like 'copy \"aircraft\" %' and state = 'active'"
    while not place.ask(copying):
        assert run.process.poll() is None, run.text()
    os.kill(server_pid(place.targets / "postgres" / "server" / "data"), signal.SIGKILL)
    sentence(run.told(), "connection to the database server .* was lost.*run again", "LoadRawTables", "PublishRelease")
    assert publish(later).code == 0
    assert release(later) == expected["release"]


@pytest.mark.parametrize(
    "moment",
    [
        r"running   CastTables\(",
        r"done      MergeTable\(.*events\)",
        r"done      CreateView\(",
        r"running   Audit\(",
        r"running   PublishRelease\(",
    ],
)
def test_a_database_that_dies_in_a_step_or_after_it(later: Place, expected: dict[str, Any], moment: str) -> None:
    """No step is taken for done whose work is gone, and each failure has a sentence, whatever was being done."""
    before = release(later)
    run = later.start("PublishRelease", "--snapshot", later.snapshot())
    assert run.wait_for(moment)
    os.kill(server_pid(later.targets / "postgres" / "server" / "data"), signal.SIGKILL)
    told = run.told()
    assert "Traceback" not in told.text, told.text[-3000:]
    assert "does not exist" not in told.text and "still returning false" not in told.text, told.text[-3000:]
    assert release(later) in (before, expected["release"])
    assert publish(later).code == 0
    assert release(later) == expected["release"]


def test_a_wrong_password(later: Place) -> None:
    url = later.url()
    secret = (later.targets / "postgres" / "password").read_text().strip()
    told = publish(later, NTSB_DATABASE_URL=url.replace(secret, "not-the-password"))
    sentence(
        told,
        "rejects user ntsb: correct user and password in NTSB_DATABASE_URL",
        "PrepareDatabase",
        "LoadRawTables",
    )
    assert secret not in told.text and "not-the-password" not in told.text


@pytest.mark.parametrize("answers", [False, True])
def test_an_address_where_no_database_is(later: Place, answers: bool) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        if answers:
            # It takes the connection and says nothing that PostgreSQL would say.
            other.listen()
            other.settimeout(0)
        port = other.getsockname()[1]
        if not answers:
            other.close()
        url = f"postgresql://ann:secret@127.0.0.1:{port}/ntsb?connect_timeout=2"
        told = publish(later, NTSB_DATABASE_URL=url)
    sentence(
        told,
        f"127.0.0.1:{port} does not answer: start that server, or correct the address in NTSB_DATABASE_URL",
        "LoadRawTables",
    )


def test_a_port_that_is_taken(later: Place) -> None:
    """The embedded server moves, and says so; nothing fails."""
    later.stop()
    port = server_state.read(later.targets / "postgres").port
    with socket.socket() as thief:
        thief.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        thief.bind(("127.0.0.1", port))
        thief.listen()
        told = later.run("PrepareDatabase")
    assert told.code == 0
    assert f"Port {port} is taken by another program: the database moves to another port." in told.text
