"""The tasks from zips to Access files where a location is unreachable, unreadable, or serves invalid files."""

import logging
import re
import shutil
import tempfile
from pathlib import Path

import pytest
from luigi.configuration import get_config

from pipeline.errors import SourceNotFound, SourcePermissionDenied, SourceUnreachable
from pipeline.ingest import snapshot
from pipeline.ingest.http import RequestPolicy
from pipeline.ingest.locations import SourceLocation
from pipeline.tasks.sources import CheckSource, CreateSnapshot, DownloadSource
from tests.loopback import Loopback, Served, serving
from tests.sourcing import another_user, error_of, folder, run, server, store, zip_bytes  # noqa: F401  Pytest finds fixtures by name.


@pytest.mark.parametrize("missing", ["server", "folder"])
def test_an_unreachable_location_is_replaced_by_the_archive_with_a_warning(
    store: Path, missing: str, request: pytest.FixtureRequest, caplog: pytest.LogCaptureFixture
) -> None:
    location = request.getfixturevalue(missing)
    run(CreateSnapshot())
    current = CreateSnapshot().current_id()
    if missing == "folder":
        shutil.rmtree(location)
    else:
        location.files = {name: Served(b"", status=503) for name in ("avall.zip", "Pre2008.zip")}
    with caplog.at_level(logging.WARNING, "pipeline"):
        assert run(CreateSnapshot()).done == []
    assert CreateSnapshot().current_id() == current
    warnings = [record.getMessage() for record in caplog.records if record.name == "pipeline.ingest.source_state"]
    assert len(warnings) == len(snapshot.read_snapshot(current, store))
    assert all("no answer from" in text and "using the archived" in text for text in warnings)


def test_a_stopped_server(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving() as loopback:
        loopback.files |= {f"{name}.zip": Served(zip_bytes(f"{name}.mdb")) for name in ("avall", "Pre2008")}
        monkeypatch.setenv("NTSB_SOURCES", loopback.address)
        run(CreateSnapshot())
    assert run(CreateSnapshot()).done == []
    next((store / "archive").glob("*.zip")).unlink()
    assert "refused" in error_of(run(CreateSnapshot()))


def test_no_server_and_no_archive_is_an_error_with_the_url_and_the_next_step(
    store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NTSB_SOURCES", "http://127.0.0.1:9/zips")
    message = error_of(run(CheckSource(source="avall")))
    assert "http://127.0.0.1:9/zips/avall.zip" in message
    assert "refused" in message
    assert "set NTSB_SOURCES to a folder" in message


def test_a_folder_that_is_missing_or_incomplete(store: Path, folder: Path) -> None:
    for name in ("AVALL.zip", "pre2008.ZIP"):
        (folder / name).unlink()
    location, policy = SourceLocation(str(folder)), RequestPolicy(1, 1, 0)
    message = error_of(run(CreateSnapshot()))
    assert re.search(
        r"expected Pre2008.zip or avall.zip, found lookups.zip \(.*\), up08NOV.zip \(a weekly file\); put", message
    )
    assert not CreateSnapshot().complete()
    with pytest.raises(SourceNotFound, match=r"expected avall.zip"):
        location.probe("avall", policy)
    with pytest.raises(SourceUnreachable, match="expected a folder with the zips, found none"):
        SourceLocation(str(folder / "nowhere")).sources(["avall"], [])
    for path in folder.iterdir():
        path.unlink()
    with pytest.raises(SourceNotFound, match=r"expected avall.zip, found nothing"):
        location.sources(["avall"], [])
    (folder / "avall.zip").mkdir()
    with pytest.raises(SourceNotFound, match=r"expected avall.zip, found avall.zip/"):
        location.sources(["avall"], [])


def test_missing_read_permission(store: Path, folder: Path, tmp_path: Path) -> None:
    for path in (tmp_path, *tmp_path.parents):
        if Path(tempfile.gettempdir()) in path.parents:
            path.chmod(path.stat().st_mode | 0o055)
    location, policy, part = SourceLocation(str(folder)), RequestPolicy(1, 1, 0), tmp_path / "open to all" / "part"
    part.parent.mkdir()
    part.parent.chmod(0o777)
    (folder / "AVALL.zip").chmod(0)
    with another_user(), pytest.raises(SourcePermissionDenied, match=r"AVALL.zip: permission denied.*chmod"):
        location.download("avall", part, policy)
    folder.chmod(0)
    with another_user(), pytest.raises(SourcePermissionDenied, match="my zips: permission denied"):
        location.sources(["avall"], [])
    folder.chmod(0o755)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"<!DOCTYPE html><html>", "found a web page"),
        (zip_bytes("avall.mdb", "x" * 9000)[:-30], "expected a complete zip"),
        (zip_bytes("../avall.mdb"), "points outside the folder"),
        (zip_bytes("readme.txt"), "found 0"),
    ],
)
def test_an_invalid_zip_is_reported_and_deleted(store: Path, server: Loopback, body: bytes, message: str) -> None:
    server.files["avall.zip"] = Served(body)
    error = error_of(run(DownloadSource(source="avall")))
    assert message in error
    assert f"{server.address}/avall.zip" in error
    assert not list(store.rglob("*.zip*"))
    server.files["avall.zip"] = Served(zip_bytes("avall.mdb"), etag='"two"')
    assert run(DownloadSource(source="avall")).errors == []


def test_a_content_length_that_is_too_short_is_detected(store: Path, server: Loopback) -> None:
    server.files["avall.zip"].length = 60
    assert "expected a complete zip, found 60 bytes" in error_of(run(DownloadSource(source="avall")))


def test_a_zip_that_the_server_does_not_have(store: Path, server: Loopback) -> None:
    del server.files["avall.zip"]
    assert "avall.zip: expected a zip, the server has none" in error_of(run(CreateSnapshot()))


def test_worker_processes_use_the_checks_of_other_processes(store: Path, server: Loopback) -> None:
    # The quick probe fails; the task probes again in another process.
    get_config().set("worker", "force_multiprocessing", "true")
    server.files["avall.zip"] = Served(zip_bytes("avall.mdb"), status=503, faults=1)
    assert run(CreateSnapshot()).errors == []
    assert [file.source for file in snapshot.read_snapshot(CreateSnapshot().current_id(), store)] == [
        "Pre2008",
        "avall",
    ]
