"""What the steps from zips to Access files say and do where a place is away, unreadable, or serves something else."""

# Fixtures are imported by name, and named again as arguments.

import logging
import shutil
import tempfile
from pathlib import Path

import pytest
from luigi.configuration import get_config

from pipeline.errors import SourceNotFound, SourcePermissionDenied, SourceUnreachable
from pipeline.ingest import snapshot
from pipeline.ingest.http import RetryPolicy
from pipeline.ingest.locations import SourceLocation
from pipeline.tasks.sources import CheckSource, CreateSnapshot, DownloadSource
from tests.loopback import Loopback, Served, serving
from tests.sourcing import another_user, error_of, folder, run, server, store, zipped  # noqa: F401  Pytest finds fixtures by name.


@pytest.mark.parametrize("trouble", ["503", "folder"])
def test_offline_with_an_archive_says_so_and_uses_it(
    store: Path, trouble: str, request: pytest.FixtureRequest, caplog: pytest.LogCaptureFixture
) -> None:
    place = request.getfixturevalue("folder" if trouble == "folder" else "server")
    run(CreateSnapshot())
    current = CreateSnapshot().current_id()
    if trouble == "folder":
        shutil.rmtree(place)
    else:
        place.files = {name: Served(b"", status=503) for name in ("avall.zip", "Pre2008.zip")}
    with caplog.at_level(logging.WARNING, "pipeline"):
        assert run(CreateSnapshot()).done == []
    assert CreateSnapshot().current_id() == current
    warned = [record.getMessage() for record in caplog.records if record.name == "pipeline.ingest.source_state"]
    assert len(warned) == len(snapshot.read_snapshot(current, store))
    assert all("no answer from" in text and "using archived" in text for text in warned)


def test_offline_because_the_server_is_gone(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving() as loopback:
        loopback.files |= {f"{name}.zip": Served(zipped(f"{name}.mdb")) for name in ("avall", "Pre2008")}
        monkeypatch.setenv("NTSB_SOURCES", loopback.address)
        run(CreateSnapshot())
    assert run(CreateSnapshot()).done == []
    next((store / "archive").glob("*.zip")).unlink()
    assert "refused" in error_of(run(CreateSnapshot()))


def test_no_server_and_no_archive_names_place_and_next_move(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NTSB_SOURCES", "http://127.0.0.1:9/zips")
    sentence = error_of(run(CheckSource(source="avall")))
    assert "http://127.0.0.1:9/zips/avall.zip" in sentence
    assert "refused" in sentence
    assert "set NTSB_SOURCES to a folder" in sentence


def test_a_folder_that_is_not_there_or_holds_no_database(store: Path, folder: Path) -> None:
    for zipped_file in ("AVALL.zip", "pre2008.ZIP"):
        (folder / zipped_file).unlink()
    place, patience = SourceLocation(str(folder)), RetryPolicy(1, 1, 0)
    with pytest.raises(SourceNotFound, match=r"expected Pre2008.zip or avall.zip, found lookups.zip, up08nov.zip"):
        place.sources(["avall", "Pre2008"], [])
    with pytest.raises(SourceNotFound, match=r"found lookups.zip, up08nov.zip"):
        CreateSnapshot().requires()
    assert run(CreateSnapshot()).done == []
    with pytest.raises(SourceNotFound, match=r"expected avall.zip"):
        place.query("avall", patience)
    with pytest.raises(SourceUnreachable, match="it is not there"):
        SourceLocation(str(folder / "nowhere")).sources(["avall"], [])
    with pytest.raises(SourceNotFound, match="one file for up08NOV"):
        (folder / "up08NOV.zip").write_bytes(b"")
        place.sources(["avall"], [])


def test_what_may_not_be_read_has_its_own_sentence(store: Path, folder: Path, tmp_path: Path) -> None:
    for path in (tmp_path, *tmp_path.parents):
        if Path(tempfile.gettempdir()) in path.parents:
            path.chmod(path.stat().st_mode | 0o055)
    place, patience, part = SourceLocation(str(folder)), RetryPolicy(1, 1, 0), tmp_path / "open to all" / "part"
    part.parent.mkdir()
    part.parent.chmod(0o777)
    (folder / "AVALL.zip").chmod(0)
    with another_user(), pytest.raises(SourcePermissionDenied, match=r"AVALL.zip: may not be read.*chmod"):
        place.bring("avall", part, patience)
    folder.chmod(0)
    with another_user(), pytest.raises(SourcePermissionDenied, match="my zips: may not be read"):
        place.sources(["avall"], [])
    folder.chmod(0o755)


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b"<!DOCTYPE html><html>", "found a web page"),
        (zipped("avall.mdb", "x" * 9000)[:-30], "expected a whole zip"),
        (zipped("../avall.mdb"), "points outside the folder"),
        (zipped("readme.txt"), "found 0"),
    ],
)
def test_a_bad_zip_is_refused_and_thrown_away(store: Path, server: Loopback, body: bytes, sentence: str) -> None:
    server.files["avall.zip"] = Served(body)
    told = error_of(run(DownloadSource(source="avall")))
    assert sentence in told
    assert f"{server.address}/avall.zip" in told
    assert not list(store.rglob("*.zip*"))
    server.files["avall.zip"] = Served(zipped("avall.mdb"), etag='"two"')
    assert run(DownloadSource(source="avall")).errors == []


def test_a_length_that_is_too_short_is_found_out(store: Path, server: Loopback) -> None:
    server.files["avall.zip"].length = 60
    assert "expected a whole zip, found 60 bytes" in error_of(run(DownloadSource(source="avall")))


def test_a_zip_that_is_not_on_the_server(store: Path, server: Loopback) -> None:
    del server.files["avall.zip"]
    assert "avall.zip: expected a zip, the server says there is none" in error_of(run(CreateSnapshot()))


def test_workers_of_their_own_find_what_others_noted(store: Path, server: Loopback) -> None:
    # The first question, in passing, gets no answer; the step itself asks again, in another process.
    get_config().set("worker", "force_multiprocessing", "true")
    server.files["avall.zip"] = Served(zipped("avall.mdb"), status=503, troubles=1)
    assert run(CreateSnapshot()).errors == []
    assert [file.source for file in snapshot.read_snapshot(CreateSnapshot().current_id(), store)] == [
        "Pre2008",
        "avall",
    ]
