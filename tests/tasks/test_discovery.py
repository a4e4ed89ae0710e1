"""Weekly files and manuals are found on the directory page of a URL."""

import json
import logging
from pathlib import Path

import pytest
from luigi.configuration import get_config

from pipeline.ingest import snapshot
from pipeline.tasks.sources import CreateSnapshot
from tests.loopback import Loopback, Served
from tests.sourcing import run, server, store, zip_bytes  # noqa: F401  Pytest finds fixtures by name.

PDF = b"%PDF-1.4 coding manual"


def index(*names: str) -> Served:
    return Served("".join(f'<a href="{name}">{name}</a>' for name in names).encode(), kind="text/html")


@pytest.fixture
def page(server: Loopback) -> Loopback:
    """A server with an index of two databases, a weekly file and a manual."""
    server.files["up08NOV.zip"] = Served(zip_bytes("up08NOV.mdb"))
    server.files["codman.pdf"] = Served(PDF)
    server.files[""] = index("avall.zip", "Pre2008.zip", "up08NOV.zip", "codman.pdf", "other.txt")
    return server


def sources(store: Path) -> list[str]:
    return [file.source for file in snapshot.read_snapshot(CreateSnapshot().current_id(), store)]


def test_weekly_files_of_the_page_are_used(store: Path, page: Loopback) -> None:
    assert run(CreateSnapshot()).errors == []
    assert sources(store) == ["Pre2008", "avall", "up08NOV"]
    assert run(CreateSnapshot()).done == []
    page.files["up15NOV.zip"] = Served(zip_bytes("up15NOV.mdb"))
    page.files[""] = index("avall.zip", "up08NOV.zip", "up15NOV.zip")
    assert run(CreateSnapshot()).done == ["CheckSource", "CreateSnapshot", "DownloadSource"]
    # Files with the same dates are in the order of their digests.
    assert sorted(sources(store)) == ["Pre2008", "avall", "up08NOV", "up15NOV"]


def test_names_in_the_setting_restrict_the_page(store: Path, page: Loopback) -> None:
    get_config().set("Sources", "weekly", '["up08NOV"]')
    page.files[""] = index("avall.zip", "up08NOV.zip", "up15NOV.zip")
    assert run(CreateSnapshot()).errors == []
    assert sources(store) == ["Pre2008", "avall", "up08NOV"]


@pytest.mark.parametrize("status", [404, 503])
def test_without_the_page_the_weekly_files_of_the_last_snapshot_stay(store: Path, page: Loopback, status: int) -> None:
    run(CreateSnapshot())
    page.files[""] = Served(b"", status=status)
    page.files["avall.zip"] = Served(zip_bytes("avall.mdb", "newer"))
    assert run(CreateSnapshot()).errors == []
    assert sources(store) == ["Pre2008", "avall", "up08NOV"]


def test_an_address_with_a_placeholder_has_its_page_above(
    store: Path, page: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NTSB_SOURCES", f"{page.address}/get?fileID=C%3A%5Cavdata%5C={{file}}")
    assert run(CreateSnapshot()).errors == []
    assert sources(store) == ["Pre2008", "avall", "up08NOV"]


def test_a_page_may_link_to_other_folders(store: Path, page: Loopback) -> None:
    page.files["latest.zip"] = page.files.pop("avall.zip")
    page.files[""] = index("/get?name=latest.zip&file=avall.zip", "Pre2008.zip")
    page.files["avall.zip"] = page.files["latest.zip"]
    assert run(CreateSnapshot()).errors == []
    urls = {json.loads(path.read_text())["url"] for path in store.glob("archive/*.json")}
    assert page.address.replace("/zips", "/get?name=latest.zip&file=avall.zip") in urls


def test_manuals_are_archived_once_and_again_after_a_change(store: Path, page: Loopback) -> None:
    run(CreateSnapshot())
    (record,) = store.glob("sources/*/manuals.json")
    archived = json.loads(record.read_text())["codman.pdf"]
    path = store / "archive" / f"{archived['sha256']}.pdf"
    assert path.read_bytes() == PDF
    sidecar = json.loads(path.with_suffix(".json").read_text())
    assert (sidecar["name"], sidecar["url"]) == ("codman.pdf", f"{page.address}/codman.pdf")
    page.requests.clear()
    page.files["avall.zip"] = Served(zip_bytes("avall.mdb", "newer"))
    run(CreateSnapshot())
    assert [byte_range for _, name, byte_range in page.requests if name == "codman.pdf"] == ["bytes=-65536"]
    page.files["codman.pdf"] = Served(PDF + b" 2")
    page.files["avall.zip"] = Served(zip_bytes("avall.mdb", "newest"))
    run(CreateSnapshot())
    assert len(list(store.glob("archive/*.pdf"))) == 2


@pytest.mark.parametrize("manual", [Served(b"<html>"), Served(b"", status=403), Served(b"", status=503)])
def test_a_manual_that_is_not_available_is_a_warning(
    store: Path, page: Loopback, manual: Served, caplog: pytest.LogCaptureFixture
) -> None:
    page.files["codman.pdf"] = manual
    with caplog.at_level(logging.WARNING):
        assert run(CreateSnapshot()).errors == []
    assert "manual codman.pdf is not archived" in caplog.text
    assert not list(store.rglob("*.part*"))


def test_links_get_the_password_of_the_address_but_no_file_has_it(
    store: Path, page: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NTSB_SOURCES", page.address.replace("//", "//ann:s3cret-word@"))
    assert run(CreateSnapshot()).errors == []
    assert all(headers.get("Authorization") for headers in page.headers)
    assert not [path for path in store.rglob("*.json") if "s3cret" in path.read_text()]


def test_planning_requests_the_page_once(store: Path, page: Loopback) -> None:
    run(CreateSnapshot())
    page.requests.clear()
    assert run(CreateSnapshot()).done == []
    assert page.gets() == [None, *["bytes=-65536"] * 3]
