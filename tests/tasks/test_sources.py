"""The steps from zips to Access files, run by a real Luigi worker against real folders and a real server."""

# ruff: noqa: F811  Fixtures are imported, and named again as arguments.

import json
import os
from pathlib import Path

import pytest
from luigi.configuration import get_config

from pipeline.errors import SnapshotNotFound
from pipeline.ingest import archive, snapshot
from pipeline.tasks.load import UnpackAccessFile
from pipeline.tasks.sources import CreateSnapshot
from tests.loopback import Loopback, Served
from tests.sourcing import HEAD, error_of, folder, run, server, store, zipped  # noqa: F401  Pytest finds fixtures by name.


def test_a_folder_is_archived_and_listed_in_order(store: Path, folder: Path) -> None:
    told = run(CreateSnapshot())
    assert told.done == ["CheckSource"] * 3 + ["DownloadSource"] * 3 + ["CreateSnapshot"]
    files = snapshot.read_snapshot(CreateSnapshot().current_id(), store)
    assert [file.source for file in files] == ["Pre2008", "avall", "up08NOV"]
    assert [file.remarks["member"] for file in files] == ["Pre2008.mdb", "avall.mdb", "up08NOV.mdb"]
    for file in files:
        archived = store / "archive" / f"{file.sha256}.zip"
        assert archived.stat().st_size == file.bytes
        assert json.loads(archived.with_suffix(".json").read_text())["sha256"] == file.sha256
    assert not list(store.rglob("*.part*"))


@pytest.mark.parametrize("place", ["folder", "server"])
def test_the_second_run_runs_nothing(store: Path, place: str, request: pytest.FixtureRequest) -> None:
    request.getfixturevalue(place)
    assert run(CreateSnapshot()).errors == []
    before = sorted((path, path.stat().st_mtime_ns) for path in store.rglob("*"))
    assert run(CreateSnapshot()).done == []
    assert sorted((path, path.stat().st_mtime_ns) for path in store.rglob("*")) == before


def test_nothing_is_fetched_again_for_what_has_not_changed(store: Path, server: Loopback) -> None:
    run(CreateSnapshot())
    server.asked.clear()
    run(CreateSnapshot())
    assert [method for method, _, _ in server.asked] == ["HEAD", "HEAD"]


def test_an_address_with_file_in_it(store: Path, server: Loopback, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NTSB_SOURCES", f"{server.address}?fileID=C%3A%5Cavdata%5C={{file}}")
    assert run(CreateSnapshot()).errors == []
    assert {name for _, name, _ in server.asked} == {"avall.zip", "Pre2008.zip"}


def test_a_new_file_is_fetched_and_the_old_one_kept(store: Path, server: Loopback) -> None:
    run(CreateSnapshot())
    old = CreateSnapshot().current_id()
    server.files["avall.zip"] = Served(zipped("avall.mdb", "newer"), etag='"two"')
    assert run(CreateSnapshot()).done == ["CheckSource", "DownloadSource", "CreateSnapshot"]
    assert CreateSnapshot().current_id() != old
    assert len(snapshot.read_snapshot(old, store)) == 2
    assert len(list((store / "archive").glob("*.zip"))) == 3


def test_the_same_bytes_under_a_new_date_change_nothing_below(store: Path, server: Loopback) -> None:
    run(CreateSnapshot())
    old = CreateSnapshot().current_id()
    server.files["avall.zip"].etag = '"two"'
    assert run(CreateSnapshot()).done == ["CheckSource", "DownloadSource", "CreateSnapshot"]
    assert CreateSnapshot().current_id() == old
    assert len(list((store / "archive").glob("*.zip"))) == 2


def test_the_same_bytes_with_another_time_run_nothing(
    store: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Such as a folder that was copied: each file is read once, and then known by its new time."""
    run(CreateSnapshot())
    for zip_file in folder.iterdir():
        os.utime(zip_file, ns=(0, 1_700_000_000_000_000_000))
    assert run(CreateSnapshot()).done == []
    monkeypatch.setattr(archive, "file_sha256", lambda file: pytest.fail(f"{file} is read again"))
    before = sorted((path, path.stat().st_mtime_ns) for path in store.rglob("*"))
    assert run(CreateSnapshot()).done == []
    assert sorted((path, path.stat().st_mtime_ns) for path in store.rglob("*")) == before


def test_other_bytes_of_the_same_size_are_fetched(store: Path, folder: Path) -> None:
    (folder / "AVALL.zip").write_bytes(zipped("avall.mdb", "a"))
    run(CreateSnapshot())
    old = CreateSnapshot().current_id()
    size = (folder / "AVALL.zip").stat().st_size
    (folder / "AVALL.zip").write_bytes(zipped("avall.mdb", "b"))
    assert (folder / "AVALL.zip").stat().st_size == size
    assert run(CreateSnapshot()).done == ["CheckSource", "DownloadSource", "CreateSnapshot"]
    assert CreateSnapshot().current_id() != old


def test_a_file_that_joins_a_folder_joins_the_snapshot(store: Path, folder: Path) -> None:
    run(CreateSnapshot())
    (folder / "UP15NOV.ZIP").write_bytes(zipped("up15NOV.mdb"))
    assert run(CreateSnapshot()).done == ["CheckSource", "DownloadSource", "CreateSnapshot"]
    assert [file.source for file in snapshot.read_snapshot(CreateSnapshot().current_id(), store)][-1] == "up15NOV"


@pytest.mark.parametrize("spoil", ["zip", "card", "shorter", "list", "pointer"])
def test_what_is_lost_from_the_store_is_made_again(store: Path, folder: Path, spoil: str) -> None:
    run(CreateSnapshot())
    current = CreateSnapshot().current_id()
    archived = next((store / "archive").glob("*.zip"))
    if spoil == "shorter":
        archived.write_bytes(archived.read_bytes()[:-1])
    else:
        lost = {"zip": archived, "card": archived.with_suffix(".json"), "list": snapshot.snapshot_path(current, store)}
        lost.get(spoil, Path(CreateSnapshot().output().path)).unlink()
    told = run(CreateSnapshot())
    assert told.done == (["CreateSnapshot"] if spoil in ("list", "pointer") else ["DownloadSource", "CreateSnapshot"])
    assert CreateSnapshot().current_id() == current


def test_unpack_takes_the_file_out_once_wherever_it_came_from(
    store: Path, folder: Path, server: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(CreateSnapshot())
    avall = snapshot.read_snapshot(CreateSnapshot().current_id(), store)[1]
    step = UnpackAccessFile(source="avall", sha256=avall.sha256)
    assert step.output().path == store / "access" / avall.sha256 / "avall.mdb"
    assert run(step).done == ["UnpackAccessFile"]
    assert step.output().path.read_bytes() == HEAD
    fingerprint = step.fingerprint
    monkeypatch.setenv("NTSB_SOURCES", str(folder))
    get_config().set("Sources", "timeout_s", "7")
    again = UnpackAccessFile(source="avall", sha256=avall.sha256)
    assert again.fingerprint == fingerprint
    assert run(again).done == []


def test_unpack_refuses_an_archive_that_was_changed(store: Path, folder: Path) -> None:
    run(CreateSnapshot())
    avall = snapshot.read_snapshot(CreateSnapshot().current_id(), store)[1]
    archived = store / "archive" / f"{avall.sha256}.zip"
    archived.write_bytes(archived.read_bytes()[:-1] + b"!")
    told = error_of(run(UnpackAccessFile(source="avall", sha256=avall.sha256)))
    assert "expected bytes with the hash in its name" in told
    archived.unlink()
    assert "found none; run again" in error_of(run(UnpackAccessFile(source="avall", sha256=avall.sha256)))
    assert not list((store / "access").rglob("*.mdb"))


def test_no_snapshot_yet(store: Path, folder: Path) -> None:
    with pytest.raises(SnapshotNotFound, match="run `CreateSnapshot` first"):
        CreateSnapshot().current_id()
