"""The tasks from zips to Access files, run by a real Luigi worker on folders and an HTTP server."""

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
from tests.sourcing import access_bytes, error_of, folder, run, server, store, zip_bytes  # noqa: F401  Pytest finds fixtures by name.


def test_a_folder_is_archived_and_listed_in_order(store: Path, folder: Path) -> None:
    result = run(CreateSnapshot())
    assert result.done == ["CheckSource"] * 4 + ["CreateSnapshot"] + ["DownloadSource"] * 4
    files = snapshot.read_snapshot(CreateSnapshot().current_id(), store)
    assert {file.source: file.remarks["member"] for file in files} == {
        "Pre2008": "Pre2008.mdb",
        "avall": "avall.mdb",
        "up08NOV": "up08NOV.mdb",
    }
    # Without change dates, weekly files are the last.
    assert files[-1].source == "up08NOV"
    for file in files:
        archived = store / "archive" / f"{file.sha256}.zip"
        assert archived.stat().st_size == file.bytes
        assert json.loads(archived.with_suffix(".json").read_text())["sha256"] == file.sha256
    assert not list(store.rglob("*.part*"))


@pytest.mark.parametrize("location", ["folder", "server"])
def test_the_second_run_runs_nothing(store: Path, location: str, request: pytest.FixtureRequest) -> None:
    request.getfixturevalue(location)
    assert run(CreateSnapshot()).errors == []
    before = sorted((path, path.stat().st_mtime_ns) for path in store.rglob("*"))
    assert run(CreateSnapshot()).done == []
    assert sorted((path, path.stat().st_mtime_ns) for path in store.rglob("*")) == before


def test_unchanged_files_are_not_downloaded_again(store: Path, server: Loopback) -> None:
    run(CreateSnapshot())
    server.requests.clear()
    run(CreateSnapshot())
    assert [byte_range for _, name, byte_range in server.requests if name.endswith(".zip")] == ["bytes=-65536"] * 2


def test_a_url_with_a_placeholder(store: Path, server: Loopback, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NTSB_SOURCES", f"{server.address}?fileID=C%3A%5Cavdata%5C={{file}}")
    assert run(CreateSnapshot()).errors == []
    assert {name for _, name, _ in server.requests if name.endswith(".zip")} == {"avall.zip", "Pre2008.zip"}


def test_a_new_version_is_downloaded_and_the_old_one_kept(store: Path, server: Loopback) -> None:
    run(CreateSnapshot())
    old = CreateSnapshot().current_id()
    server.files["avall.zip"] = Served(zip_bytes("avall.mdb", "newer"), etag='"two"')
    assert run(CreateSnapshot()).done == ["CheckSource", "CreateSnapshot", "DownloadSource"]
    assert CreateSnapshot().current_id() != old
    assert len(snapshot.read_snapshot(old, store)) == 2
    assert len(list((store / "archive").glob("*.zip"))) == 3


def test_the_same_bytes_with_a_new_etag_keep_the_snapshot(store: Path, server: Loopback) -> None:
    run(CreateSnapshot())
    old = CreateSnapshot().current_id()
    server.files["avall.zip"].etag = '"two"'
    assert run(CreateSnapshot()).done == ["CheckSource", "CreateSnapshot", "DownloadSource"]
    assert CreateSnapshot().current_id() == old
    assert len(list((store / "archive").glob("*.zip"))) == 2


def test_the_same_bytes_with_another_mtime_run_nothing(
    store: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after copying the folder: each file is read once, and its new time is recorded."""
    run(CreateSnapshot())
    for zip_file in folder.iterdir():
        os.utime(zip_file, ns=(0, 1_700_000_000_000_000_000))
    assert run(CreateSnapshot()).done == []
    monkeypatch.setattr(archive, "file_sha256", lambda file: pytest.fail(f"{file} is read again"))
    before = sorted((path, path.stat().st_mtime_ns) for path in store.rglob("*"))
    assert run(CreateSnapshot()).done == []
    assert sorted((path, path.stat().st_mtime_ns) for path in store.rglob("*")) == before


def test_other_bytes_of_the_same_size_are_downloaded(store: Path, folder: Path) -> None:
    (folder / "AVALL.zip").write_bytes(zip_bytes("avall.mdb", "a"))
    run(CreateSnapshot())
    old = CreateSnapshot().current_id()
    size = (folder / "AVALL.zip").stat().st_size
    (folder / "AVALL.zip").write_bytes(zip_bytes("avall.mdb", "b"))
    assert (folder / "AVALL.zip").stat().st_size == size
    assert run(CreateSnapshot()).done == ["CheckSource", "CreateSnapshot", "DownloadSource"]
    assert CreateSnapshot().current_id() != old


def test_a_new_file_in_the_folder_is_added_to_the_snapshot(store: Path, folder: Path) -> None:
    run(CreateSnapshot())
    (folder / "UP15NOV.ZIP").write_bytes(zip_bytes("up15NOV.mdb"))
    assert run(CreateSnapshot()).done == ["CheckSource", "CreateSnapshot", "DownloadSource"]
    assert "up15NOV" in {file.source for file in snapshot.read_snapshot(CreateSnapshot().current_id(), store)}


@pytest.mark.parametrize("damaged", ["zip", "sidecar", "truncated", "list", "pointer"])
def test_missing_and_damaged_files_of_the_store_are_restored(store: Path, folder: Path, damaged: str) -> None:
    run(CreateSnapshot())
    current = CreateSnapshot().current_id()
    archived = next((store / "archive").glob("*.zip"))
    if damaged == "truncated":
        archived.write_bytes(archived.read_bytes()[:-1])
    else:
        paths = {
            "zip": archived,
            "sidecar": archived.with_suffix(".json"),
            "list": snapshot.snapshot_path(current, store),
        }
        paths.get(damaged, Path(CreateSnapshot().output().path)).unlink()
    result = run(CreateSnapshot())
    assert result.done == (
        ["CreateSnapshot"] if damaged in ("list", "pointer") else ["CreateSnapshot", "DownloadSource"]
    )
    assert CreateSnapshot().current_id() == current


def test_a_file_is_unpacked_once_whatever_its_location(
    store: Path, folder: Path, server: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(CreateSnapshot())
    (avall,) = [file for file in snapshot.read_snapshot(CreateSnapshot().current_id(), store) if file.source == "avall"]
    task = UnpackAccessFile(source="avall", sha256=avall.sha256)
    assert task.output().path == store / "access" / avall.sha256 / "avall.mdb"
    assert run(task).done == ["UnpackAccessFile"]
    assert task.output().path.read_bytes() == access_bytes("avall.mdb")
    fingerprint = task.fingerprint
    monkeypatch.setenv("NTSB_SOURCES", str(folder))
    get_config().set("Sources", "timeout_s", "7")
    again = UnpackAccessFile(source="avall", sha256=avall.sha256)
    assert again.fingerprint == fingerprint
    assert run(again).done == []


def test_a_modified_archive_is_not_unpacked(store: Path, folder: Path) -> None:
    run(CreateSnapshot())
    (avall,) = [file for file in snapshot.read_snapshot(CreateSnapshot().current_id(), store) if file.source == "avall"]
    archived = store / "archive" / f"{avall.sha256}.zip"
    archived.write_bytes(archived.read_bytes()[:-1] + b"!")
    message = error_of(run(UnpackAccessFile(source="avall", sha256=avall.sha256)))
    assert "expected the sha256 in its name" in message
    archived.unlink()
    message = error_of(run(UnpackAccessFile(source="avall", sha256=avall.sha256)))
    assert "found none; run `luigi --module pipeline CreateSnapshot`" in message
    assert not list((store / "access").rglob("*.mdb"))
    assert run(CreateSnapshot()).errors == []
    assert run(UnpackAccessFile(source="avall", sha256=avall.sha256)).errors == []


def test_without_a_snapshot_current_id_raises(store: Path, folder: Path) -> None:
    with pytest.raises(SnapshotNotFound, match=r"run `luigi --module pipeline CreateSnapshot`$"):
        CreateSnapshot().current_id()


def test_a_lost_list_of_files_at_a_url_is_written_again(store: Path, server: Loopback) -> None:
    """Without a directory page, the list also says which weekly files there were."""
    assert run(CreateSnapshot()).errors == []
    snapshot.snapshot_path(CreateSnapshot().current_id(), store).unlink()
    assert run(CreateSnapshot()).errors == []
    assert snapshot.read_snapshot(CreateSnapshot().current_id(), store)
