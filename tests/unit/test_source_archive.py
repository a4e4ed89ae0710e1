"""The archive of source files: complete, verified, incremental, described in two standards, and readable by date."""

import hashlib
import json
import re
from pathlib import Path

import pytest

from pipeline.errors import SourceNotFound, TruncatedArchive
from pipeline.export import source_archive
from pipeline.export.source_archive import Deposit
from pipeline.ingest.http import RequestPolicy
from pipeline.ingest.locations import SourceLocation
from pipeline.ingest.source_archive import MANIFEST, files_at, split_date
from pipeline.ingest.source_state import SourceState


def deposit(folder: Path, name: str, content: bytes, retrieved: str = "2026-11-30T10:00:00+00:00") -> Deposit:
    sha256 = hashlib.sha256(content).hexdigest()
    stored = folder / "store" / sha256
    stored.parent.mkdir(exist_ok=True)
    stored.write_bytes(content)
    url = f"https://example.org/{name}"
    return Deposit(name, "access", sha256, len(content), url, None, retrieved, stored)


@pytest.fixture
def archived(tmp_path: Path) -> Path:
    """An archive with two states: of November 30, and of December 31, when one of two files was replaced."""
    first = [deposit(tmp_path, "avall.zip", b"one"), deposit(tmp_path, "manual.pdf", b"%PDF-")]
    source_archive.add(tmp_path / "archive", first, "2026-11-30T10:00:00+00:00")
    second = [deposit(tmp_path, "avall.zip", b"two", "2026-12-31T09:00:00+00:00"), first[1]]
    new, _ = source_archive.add(tmp_path / "archive", second, "2026-12-31T10:00:00+00:00")
    assert len(new) == 1
    return tmp_path / "archive"


def contents(files: dict[str, Path]) -> dict[str, bytes]:
    return {name: path.read_bytes() for name, path in files.items()}


def test_every_past_state_can_be_read(archived: Path) -> None:
    old, new = {"avall.zip": b"one", "manual.pdf": b"%PDF-"}, {"avall.zip": b"two", "manual.pdf": b"%PDF-"}
    assert contents(files_at(archived, "2026-11-30")) == old
    assert contents(files_at(archived, "2026-12-30")) == old
    assert contents(files_at(archived, "2026-12-31")) == contents(files_at(archived, "")) == new


def test_a_state_is_a_source_location(archived: Path) -> None:
    last, old = SourceLocation(str(archived)), SourceLocation(f"{archived}@2026-12-01")
    assert last.sources((), ()) == old.sources((), ()) == ["avall"]
    assert last.key != old.key
    assert old.display_name == f"{archived}@2026-12-01"
    assert last.ignored_files() == {}
    assert last.has_content("avall", hashlib.sha256(b"two").hexdigest())
    assert old.has_content("avall", hashlib.sha256(b"one").hexdigest())


def test_a_run_without_news_changes_nothing(archived: Path, tmp_path: Path) -> None:
    before = {path: path.read_bytes() for path in archived.rglob("*") if path.is_file()}
    same = [deposit(tmp_path, "avall.zip", b"two"), deposit(tmp_path, "manual.pdf", b"%PDF-")]
    new, _ = source_archive.add(archived, same, "2027-01-31T10:00:00+00:00")
    assert new == []
    assert {path: path.read_bytes() for path in archived.rglob("*") if path.is_file()} == before


def test_the_metadata_describe_every_file(archived: Path) -> None:
    manifest = json.loads((archived / MANIFEST).read_text())
    stored = {path.relative_to(archived).as_posix() for path in (archived / "files").iterdir()}
    assert {file["path"] for file in manifest["files"]} == stored
    package = json.loads((archived / "datapackage.json").read_text())
    assert {resource["path"] for resource in package["resources"]} == stored
    for resource in package["resources"]:
        assert re.fullmatch(r"[a-z0-9._/-]+", resource["name"])
        content = (archived / resource["path"]).read_bytes()
        assert resource["hash"] == f"sha256:{hashlib.sha256(content).hexdigest()}"
        assert resource["bytes"] == len(content)
    assert len({resource["name"] for resource in package["resources"]}) == len(stored)
    graph = {node["@id"]: node for node in json.loads((archived / "ro-crate-metadata.json").read_text())["@graph"]}
    assert graph["ro-crate-metadata.json"]["about"] == {"@id": "./"}
    root = graph["./"]
    assert {part["@id"] for part in root["hasPart"]} == stored == {name for name in graph if name.startswith("files/")}
    assert {"name", "description", "datePublished", "license"} <= root.keys()
    assert root["license"]["@id"] in graph
    text = (archived / "README.md").read_text()
    assert all(path in text for path in stored)


def test_a_damaged_file_stops_before_any_change(archived: Path, tmp_path: Path) -> None:
    damaged = next((archived / "files").glob("avall-*"))
    damaged.write_bytes(b"xxx")
    before = (archived / MANIFEST).read_bytes()
    with pytest.raises(TruncatedArchive, match=f"found others or none at files/{damaged.name}"):
        source_archive.add(archived, [deposit(tmp_path, "new.zip", b"new")], "2027-01-31T10:00:00+00:00")
    assert (archived / MANIFEST).read_bytes() == before


def test_a_damaged_stored_file_is_not_added(tmp_path: Path) -> None:
    broken = deposit(tmp_path, "avall.zip", b"one")
    broken.stored.write_bytes(b"0ne")
    with pytest.raises(TruncatedArchive, match="expected the sha256 in its name"):
        source_archive.add(tmp_path / "archive", [broken], "2026-11-30T10:00:00+00:00")
    assert not (tmp_path / "archive" / MANIFEST).exists()


@pytest.mark.parametrize("name", ["../../avall.zip", "a b/ü.zip", "x" * 200 + ".ZIP"])
def test_a_name_cannot_leave_the_folder(tmp_path: Path, name: str) -> None:
    (path,), _ = source_archive.add(
        tmp_path / "archive", [deposit(tmp_path, name, b"one")], "2026-11-30T10:00:00+00:00"
    )
    assert re.fullmatch(r"files/[A-Za-z0-9._-]+-[0-9a-f]{16}\.zip", path)
    assert (tmp_path / "archive" / path).read_bytes() == b"one"


def test_messages(archived: Path, tmp_path: Path) -> None:
    with pytest.raises(SourceNotFound, match="expected a state of 2020-01-01 or before, found 2026-11-30 as the first"):
        files_at(archived, "2020-01-01")
    with pytest.raises(SourceNotFound, match=r"expected an archive with manifest.json, found none"):
        SourceLocation(f"{tmp_path}@2026-11-30").sources((), ())
    next((archived / "files").glob("avall-*")).unlink()
    with pytest.raises(SourceNotFound, match=r"found none at files/avall-\w+.zip; restore 1 file"):
        files_at(archived, "2026-11-30") and files_at(archived, "")


@pytest.mark.parametrize("date", ["2026-13-45", "2026-11-31", "0000-00-00", "9999-99-99"])
def test_a_date_that_does_not_exist_is_an_error(archived: Path, date: str) -> None:
    with pytest.raises(SourceNotFound, match=f"expected a date such as 2026-11-30, found {date}"):
        SourceLocation(f"{archived}@{date}").sources((), ())


def edit_manifest(folder: Path, **changes: object) -> None:
    """Change the entry of every file."""
    manifest = json.loads((folder / MANIFEST).read_text())
    for file in manifest["files"]:
        file.update(changes)
    (folder / MANIFEST).write_text(json.dumps(manifest))


@pytest.mark.parametrize("date", ["", "@2026-11-30"])
def test_a_file_that_was_modified_is_not_used(archived: Path, tmp_path: Path, date: str) -> None:
    for path in (archived / "files").glob("avall-*"):
        path.write_bytes(path.read_bytes()[::-1])
    manifest = json.loads((archived / MANIFEST).read_text())
    manifest["files"].append({"sha256": "an entry of no state"})
    (archived / MANIFEST).write_text(json.dumps(manifest))
    location, store, message = SourceLocation(f"{archived}{date}"), tmp_path / "new store", "expected the sha256 in"
    required = SourceState(location, "avall", store, RequestPolicy(1, 1, 1))
    with pytest.raises(TruncatedArchive, match=rf"files/avall-\w+.zip: {message} manifest.json, found"):
        required.download(1)
    assert not list(store.rglob("*.part"))
    optional = SourceState(location, "avall", store, RequestPolicy(1, 1, 1), is_listed=False)
    optional.download(1)
    assert (optional.ignored_reason() or "").startswith(message)


@pytest.mark.parametrize(
    "name", ["../../../outside.zip", "/tmp/outside.zip", "a/b.zip", "..", "", "a\0.zip", "\ud800.zip"]
)
def test_a_file_with_a_name_that_could_leave_the_store_is_named_like_its_path(archived: Path, name: object) -> None:
    edit_manifest(archived, name=name)
    assert sorted(files_at(archived, "")) == sorted(path.name for path in files_at(archived, "").values())


@pytest.mark.parametrize("content", ["", "{", "[]", '{"format": "ntsb-source-archive 2"}'])
def test_an_archive_with_an_unreadable_manifest_is_not_overwritten(
    archived: Path, tmp_path: Path, content: str
) -> None:
    (archived / MANIFEST).write_text(content)
    with pytest.raises(SourceNotFound, match="expected a manifest of the format ntsb-source-archive 1, found another"):
        source_archive.add(archived, [deposit(tmp_path, "new.zip", b"new")], "2027-01-31T10:00:00+00:00")
    assert (archived / MANIFEST).read_text() == content
    assert not list((archived / "files").glob("new-*"))


@pytest.mark.parametrize("path", ["../outside.zip", "/etc/hostname", "a\0b.zip", "\ud800.zip"])
def test_a_manifest_cannot_name_files_outside_the_folder(archived: Path, path: str) -> None:
    (archived.parent / "outside.zip").write_bytes(b"secret")
    edit_manifest(archived, path=path)
    with pytest.raises(SourceNotFound, match=r"expected (the files of|lists of files)"):
        files_at(archived, "")


@pytest.mark.parametrize(
    "change",
    [{"states": 1}, {"files": [{}]}, {"states": [{"time": "2026-11-30"}]}, {"path": "a\0"}, {"path": "\ud800"}],
)
def test_a_malformed_manifest_is_an_error(archived: Path, change: dict[str, object]) -> None:
    manifest = json.loads((archived / MANIFEST).read_text()) | change
    for file in manifest["files"]:
        file["path"] = change.get("path", file.get("path"))
    (archived / MANIFEST).write_text(json.dumps(manifest))
    with pytest.raises(SourceNotFound, match="expected lists of files and states"):
        files_at(archived, "")


def test_an_existing_folder_may_contain_an_at_sign(tmp_path: Path) -> None:
    folder = tmp_path / "zips@2026-11-30"
    assert split_date(str(folder)) == (str(tmp_path / "zips"), "2026-11-30")
    folder.mkdir()
    assert split_date(str(folder)) == (str(folder), "")
