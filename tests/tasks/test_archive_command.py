"""The archive of what a server offers: all databases, weekly files and manuals, and any past state of it."""

import argparse
import fcntl
import json
import os
from pathlib import Path

import pytest
from luigi.configuration import get_config

from pipeline.cli import archive
from pipeline.errors import PipelineError
from pipeline.export import source_archive
from pipeline.ingest import snapshot
from pipeline.tasks.sources import CreateSnapshot
from tests.loopback import Loopback, Served
from tests.sourcing import run, server, store, zip_bytes  # noqa: F401  Pytest finds fixtures by name.

PAGE = " ".join(f'<a href="{name}">file</a>' for name in ("avall.zip", "Pre2008.zip", "up08NOV.zip", "m.pdf"))


@pytest.fixture
def offered(store: Path, server: Loopback, monkeypatch: pytest.MonkeyPatch) -> Loopback:
    """A server with two databases, a weekly file, and a manual, on a page that links to them."""
    server.files["up08NOV.zip"] = Served(zip_bytes("up08NOV.mdb"))
    server.files["m.pdf"] = Served(b"%PDF-1.4 a manual", kind="application/pdf")
    server.files[""] = Served(PAGE.encode(), kind="text/html")
    monkeypatch.setenv("NTSB_SOURCES", f"{server.address}/")
    return server


def add(folder: Path) -> dict[str, list[dict[str, str]]]:
    assert archive.run(argparse.Namespace(folder=folder)) == 0
    content: dict[str, list[dict[str, str]]] = json.loads((folder / "manifest.json").read_text())
    return content


def test_everything_at_the_address_is_archived_with_its_origin(offered: Loopback, store: Path, tmp_path: Path) -> None:
    assert run(CreateSnapshot()).errors == []
    manifest = add(tmp_path / "archive")
    assert [file["name"] for file in manifest["files"]] == ["Pre2008.zip", "avall.zip", "m.pdf", "up08NOV.zip"]
    for file in manifest["files"]:
        assert file["url"] == f"{offered.address}/{file['name']}"
        stored = (tmp_path / "archive" / file["path"]).read_bytes()
        assert stored == offered.files[file["name"]].body


def test_two_additions_to_a_folder_follow_one_another(
    offered: Loopback, store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(CreateSnapshot())
    verify = source_archive.verify

    def verify_locked(folder: Path, manifest: source_archive.Manifest) -> None:
        descriptor = os.open(folder, os.O_RDONLY)
        with pytest.raises(BlockingIOError):
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.close(descriptor)
        verify(folder, manifest)

    monkeypatch.setattr(source_archive, "verify", verify_locked)
    assert len(add(tmp_path / "archive")["files"]) == 4


def test_a_past_state_gives_the_snapshot_of_that_day(
    offered: Loopback, store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "archive"
    run(CreateSnapshot())
    before = CreateSnapshot().current_id()
    add(folder)
    capsys.readouterr()
    # On the next day, a database was replaced, and the weekly file has disappeared.
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["states"][0]["time"] = "2026-11-01T00:00:00+00:00"
    (folder / "manifest.json").write_text(json.dumps(manifest))
    offered.files["avall.zip"] = Served(zip_bytes("avall.mdb", "newer"), etag='"two"')
    offered.files[""] = Served(PAGE.replace("up08NOV", "x").encode(), kind="text/html")
    assert run(CreateSnapshot()).errors == []
    after = CreateSnapshot().current_id()
    assert len(add(folder)["states"]) == 2
    assert "new  files/avall-" in capsys.readouterr().out
    get_config().set("Sources", "base", "[]")
    for location, expected in ((f"{folder}@2026-11-02", before), (str(folder), after)):
        monkeypatch.setenv("NTSB_SOURCES", location)
        assert run(CreateSnapshot()).errors == []
        assert CreateSnapshot().current_id() == expected
    assert len(snapshot.read_snapshot(before, store)) == 3


def test_an_archive_of_nothing_is_an_error(offered: Loopback, store: Path, tmp_path: Path) -> None:
    with pytest.raises(PipelineError, match="expected archived files, found none; run `luigi --module pipeline Create"):
        archive.run(argparse.Namespace(folder=tmp_path / "archive"))
    assert not (tmp_path / "archive").exists()
