"""The steps from zips to Access files, run by a real Luigi worker against real folders and a real server."""

# Fixtures are imported by name, and named again as arguments.
# ruff: noqa: F811

import json
import os
from pathlib import Path

import pytest
from luigi.configuration import get_config

from pipeline.acquire import archive, snapshot
from pipeline.errors import SnapshotMissing
from pipeline.extraction import Unpack
from pipeline.sources import Snapshot
from tests.loopback import Loopback, Served
from tests.sourcing import HEAD, error_of, folder, run, server, store, zipped  # noqa: F401


def test_a_folder_is_archived_and_listed_in_order(store: Path, folder: Path) -> None:
    told = run(Snapshot())
    assert told.done == ["CheckSource"] * 3 + ["Download"] * 3 + ["Snapshot"]
    files = snapshot.read(Snapshot().current_id(), store)
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
    assert run(Snapshot()).errors == []
    before = sorted((path, path.stat().st_mtime_ns) for path in store.rglob("*"))
    assert run(Snapshot()).done == []
    assert sorted((path, path.stat().st_mtime_ns) for path in store.rglob("*")) == before


def test_nothing_is_fetched_again_for_what_has_not_changed(store: Path, server: Loopback) -> None:
    run(Snapshot())
    server.asked.clear()
    run(Snapshot())
    assert [method for method, _, _ in server.asked] == ["HEAD", "HEAD"]


def test_an_address_with_file_in_it(store: Path, server: Loopback, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NTSB_SOURCES", f"{server.address}?fileID=C%3A%5Cavdata%5C={{file}}")
    assert run(Snapshot()).errors == []
    assert {name for _, name, _ in server.asked} == {"avall.zip", "Pre2008.zip"}


def test_a_new_file_is_fetched_and_the_old_one_kept(store: Path, server: Loopback) -> None:
    run(Snapshot())
    old = Snapshot().current_id()
    server.files["avall.zip"] = Served(zipped("avall.mdb", "newer"), etag='"two"')
    assert run(Snapshot()).done == ["CheckSource", "Download", "Snapshot"]
    assert Snapshot().current_id() != old
    assert len(snapshot.read(old, store)) == 2
    assert len(list((store / "archive").glob("*.zip"))) == 3


def test_the_same_bytes_under_a_new_date_change_nothing_below(store: Path, server: Loopback) -> None:
    run(Snapshot())
    old = Snapshot().current_id()
    server.files["avall.zip"].etag = '"two"'
    assert run(Snapshot()).done == ["CheckSource", "Download", "Snapshot"]
    assert Snapshot().current_id() == old
    assert len(list((store / "archive").glob("*.zip"))) == 2


def test_the_same_bytes_with_another_time_run_nothing(
    store: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Such as a folder that was copied: each file is read once, and then known by its new time."""
    run(Snapshot())
    for zip_file in folder.iterdir():
        os.utime(zip_file, ns=(0, 1_700_000_000_000_000_000))
    assert run(Snapshot()).done == []
    monkeypatch.setattr(archive, "hash_of", lambda file: pytest.fail(f"{file} is read again"))
    before = sorted((path, path.stat().st_mtime_ns) for path in store.rglob("*"))
    assert run(Snapshot()).done == []
    assert sorted((path, path.stat().st_mtime_ns) for path in store.rglob("*")) == before


def test_other_bytes_of_the_same_size_are_fetched(store: Path, folder: Path) -> None:
    (folder / "AVALL.zip").write_bytes(zipped("avall.mdb", "a"))
    run(Snapshot())
    old = Snapshot().current_id()
    size = (folder / "AVALL.zip").stat().st_size
    (folder / "AVALL.zip").write_bytes(zipped("avall.mdb", "b"))
    assert (folder / "AVALL.zip").stat().st_size == size
    assert run(Snapshot()).done == ["CheckSource", "Download", "Snapshot"]
    assert Snapshot().current_id() != old


def test_a_file_that_joins_a_folder_joins_the_snapshot(store: Path, folder: Path) -> None:
    run(Snapshot())
    (folder / "UP15NOV.ZIP").write_bytes(zipped("up15NOV.mdb"))
    assert run(Snapshot()).done == ["CheckSource", "Download", "Snapshot"]
    assert [file.source for file in snapshot.read(Snapshot().current_id(), store)][-1] == "up15NOV"


@pytest.mark.parametrize("spoil", ["zip", "card", "shorter", "list", "pointer"])
def test_what_is_lost_from_the_store_is_made_again(store: Path, folder: Path, spoil: str) -> None:
    run(Snapshot())
    current = Snapshot().current_id()
    archived = next((store / "archive").glob("*.zip"))
    if spoil == "shorter":
        archived.write_bytes(archived.read_bytes()[:-1])
    else:
        lost = {"zip": archived, "card": archived.with_suffix(".json"), "list": snapshot.path(current, store)}
        lost.get(spoil, Path(Snapshot().output().path)).unlink()
    told = run(Snapshot())
    assert told.done == (["Snapshot"] if spoil in ("list", "pointer") else ["Download", "Snapshot"])
    assert Snapshot().current_id() == current


def test_unpack_takes_the_file_out_once_wherever_it_came_from(
    store: Path, folder: Path, server: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(Snapshot())
    avall = snapshot.read(Snapshot().current_id(), store)[1]
    step = Unpack(source="avall", sha256=avall.sha256)
    assert step.output().path == store / "access" / avall.sha256 / "avall.mdb"
    assert run(step).done == ["Unpack"]
    assert step.output().path.read_bytes() == HEAD
    stamp = step.stamp
    monkeypatch.setenv("NTSB_SOURCES", str(folder))
    get_config().set("Sources", "timeout_s", "7")
    again = Unpack(source="avall", sha256=avall.sha256)
    assert again.stamp == stamp
    assert run(again).done == []


def test_unpack_refuses_an_archive_that_was_changed(store: Path, folder: Path) -> None:
    run(Snapshot())
    avall = snapshot.read(Snapshot().current_id(), store)[1]
    archived = store / "archive" / f"{avall.sha256}.zip"
    archived.write_bytes(archived.read_bytes()[:-1] + b"!")
    told = error_of(run(Unpack(source="avall", sha256=avall.sha256)))
    assert "expected bytes with the hash in its name" in told
    archived.unlink()
    assert "found none; run again" in error_of(run(Unpack(source="avall", sha256=avall.sha256)))
    assert not list((store / "access").rglob("*.mdb"))


def test_no_snapshot_yet(store: Path, folder: Path) -> None:
    with pytest.raises(SnapshotMissing, match="run `Snapshot` first"):
        Snapshot().current_id()
