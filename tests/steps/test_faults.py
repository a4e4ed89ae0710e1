"""What goes wrong outside says so in a sentence of its own, leaves readers on the last release, and is made good by a rerun."""

import os
import re
import shutil
import signal
import socket
import stat
import subprocess
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pipeline.server import cluster_server, cluster_state
from samples.jet4 import Column, write_access
from tests.running import SAMPLES, Place, Told, release
from tests.steps.conftest import Disturbed

AS_ROOT = pytest.mark.skipif(
    os.geteuid() != 0, reason="needs root: it mounts a small disk, or takes a right from itself"
)


def sentence(told: Told, words: str, *families: str) -> None:
    """The run failed, said the words without a traceback, and none of the families ran."""
    assert told.code != 0, told.text[-3000:]
    assert re.search(words, told.text), told.text[-3000:]
    assert "Traceback" not in told.text, told.text[-3000:]
    assert not told.families & set(families)


# --- killed -----------------------------------------------------------------------------------------------------------


def test_a_run_that_was_killed_again_and_again_is_completed(disturbed: Disturbed) -> None:
    assert len(disturbed.kills) == 6, disturbed.kills
    assert disturbed.last is not None and disturbed.last.code == 0, disturbed.last
    # What was done before a kill is not done twice.
    assert "Land" not in disturbed.last.families and "Build" not in disturbed.last.families


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


# --- the database -----------------------------------------------------------------------------------------------------


@pytest.fixture
def later(earlier: Place, tmp_path: Path) -> Iterator[Place]:
    """A store with the earlier release, and one more source since, listed and not yet loaded."""
    place = earlier.copied(tmp_path / "later", sources=str(SAMPLES))
    assert place.run("Snapshot").code == 0
    yield place
    place.stop()


def publish(place: Place, **variables: str) -> Told:
    """A run up to the publication."""
    changed = replace(place, variables={**place.variables, **variables})
    return changed.run("Publish", "--snapshot", place.snapshot())


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
    run = place.start("Publish", "--snapshot", place.snapshot())
    assert run.wait_for(r"running   Land\(")
    place.url()
    copying = "select pid from pg_stat_activity where query like 'copy %aircraft%' and state = 'active'"
    while not place.ask(copying):
        assert run.process.poll() is None, run.text()
    server = cluster_server.find(place.targets / "postgres" / "server" / "data")
    assert server is not None
    os.kill(server.pid, signal.SIGKILL)
    sentence(run.told(), "went away in the middle of the work.*run again", "Land", "Publish")
    assert publish(later).code == 0
    assert release(later) == expected["release"]


@pytest.fixture
def small_disk(earlier: Place, tmp_path: Path) -> Iterator[Place]:
    """The earlier release on a disk of its own that is not much larger, and one more source since."""
    mount = tmp_path / "small disk"
    mount.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=450m", "tmpfs", str(mount)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"no disk can be mounted here: {done.stderr.strip()}")
    place = earlier.copied(mount / "store", sources=str(SAMPLES))
    try:
        assert place.run("Snapshot").code == 0
        yield place
    finally:
        place.stop()
        subprocess.run(["umount", "--lazy", str(mount)], check=True)


@AS_ROOT
def test_a_full_disk_while_loading(small_disk: Place, expected: dict[str, Any]) -> None:
    before = release(small_disk)
    filler = small_disk.store.parent / "filler"
    free = shutil.disk_usage(filler.parent).free
    with filler.open("wb") as file:
        file.write(bytes(free - (2 << 20)))
    told = publish(small_disk)
    sentence(told, "The disk of the database server .* is full: make room there", "Land", "Publish")
    filler.unlink()
    assert release(small_disk) == before
    again = publish(small_disk)
    assert again.code == 0, again.text[-3000:]
    assert release(small_disk) == expected["release"]


def test_a_wrong_password(later: Place) -> None:
    url = later.url()
    secret = (later.targets / "postgres" / "password").read_text().strip()
    told = publish(later, NTSB_DATABASE_URL=url.replace(secret, "not-the-password"))
    sentence(told, "refuses user ntsb: put the right user and password into NTSB_DATABASE_URL", "Prepare", "Land")
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
    sentence(told, f"127.0.0.1:{port}: start that server, or correct the address in NTSB_DATABASE_URL", "Land")


def test_a_port_that_is_taken(later: Place) -> None:
    """The embedded server moves, and says so; nothing fails."""
    later.stop()
    port = cluster_state.read(later.targets / "postgres").port
    with socket.socket() as thief:
        thief.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        thief.bind(("127.0.0.1", port))
        thief.listen()
        told = later.run("Prepare")
    assert told.code == 0
    assert f"Port {port} is taken by another program: the database moves to another port." in told.text


# --- the sources ------------------------------------------------------------------------------------------------------


@pytest.fixture
def fresh(house: Path, tmp_path: Path) -> Iterator[Place]:
    """An empty store, and a folder with one database of the samples."""
    sources = tmp_path / "my zips"
    sources.mkdir()
    shutil.copy(SAMPLES / "avall.zip", sources)
    place = Place(tmp_path / "store", house, str(sources))
    yield place
    place.stop()


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda content: content[: len(content) // 2], r"avall\.zip.*expected a whole zip"),
        (lambda content: b"<!DOCTYPE html><html>Please wait</html>", r"avall\.zip.*found a web page"),
        (lambda content: b"", r"avall\.zip"),
    ],
    ids=["truncated", "html", "empty"],
)
def test_a_zip_that_is_none(fresh: Place, spoil: Any, words: str) -> None:
    path = Path(fresh.sources) / "avall.zip"
    path.write_bytes(spoil(path.read_bytes()))
    sentence(fresh.run(), words, "Download", "Land")
    shutil.copy(SAMPLES / "avall.zip", path)
    assert fresh.run("Snapshot").code == 0


def test_an_access_file_without_events(fresh: Place, tmp_path: Path) -> None:
    file = tmp_path / "avall.mdb"
    write_access(
        file, {"aircraft": [Column("ev_id", "TEXT", 14), Column("Aircraft_Key", "LONG")]}, {"aircraft": [("1", 1)]}
    )
    with zipfile.ZipFile(Path(fresh.sources) / "avall.zip", "w") as archive:
        archive.write(file, "avall.mdb")
    told = fresh.run()
    sentence(
        told,
        r"avall is not as its era's files are: .*table events is absent.*Nothing was loaded",
        "Land",
        "Type",
        "Publish",
    )
    assert "column aircraft.damage is absent" in told.text


@AS_ROOT
@pytest.mark.parametrize("closed", ["folder", "file"])
def test_what_may_not_be_read(fresh: Place, closed: str) -> None:
    path = Path(fresh.sources) if closed == "folder" else Path(fresh.sources) / "avall.zip"
    path.chmod(0)
    # Root without the right to read everything is what an ordinary user is.
    ordinary = ("setpriv", "--bounding-set=-dac_override,-dac_read_search", "--")
    told = fresh.start("AllReports", before=ordinary).told()
    sentence(told, "may not be read", "Download", "Land")
    path.chmod(0o755)


def test_a_folder_that_is_not_there(fresh: Place) -> None:
    gone = replace(fresh, sources=str(Path(fresh.sources) / "nowhere"))
    sentence(gone.run(), "nowhere.*it is not there", "Snapshot")
