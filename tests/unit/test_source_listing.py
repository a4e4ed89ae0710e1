"""A folder is listed as often as it changes, not once for each of its files, whatever it contains."""

import errno
import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

import pytest

from pipeline import run_errors
from pipeline.errors import InsufficientDiskSpace, SourceError, SourceNotFound, SourceUnreachable
from pipeline.ingest import locations, source_state
from pipeline.ingest.http import RequestPolicy
from pipeline.ingest.locations import SourceLocation

POLICY = RequestPolicy(timeout_s=0.5, attempts=1, backoff_s=0.01)
NAMES = [f"api-{year}-{month:02d}.zip" for year in range(1986, 2026) for month in range(1, 13)]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that has not changed for a while."""
    monkeypatch.setattr(locations, "SETTLED_NS", 0)
    for name in NAMES:
        (tmp_path / name).write_bytes(b"PK")
    return tmp_path


def test_a_folder_of_480_months_is_listed_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    listings, original = [], SourceLocation._list_folder

    def counted(location: SourceLocation) -> list[Path]:
        listings.append(location)
        return original(location)

    monkeypatch.setattr(SourceLocation, "_list_folder", counted)
    # Each task has a location of its own.
    assert [SourceLocation(str(folder)).probe(name, POLICY).bytes for name in NAMES] == [2] * 480
    assert SourceLocation(str(folder)).sources([], []) == NAMES
    assert len(listings) == 1


def test_a_changed_folder_is_listed_again(folder: Path) -> None:
    location = SourceLocation(str(folder))
    assert location.sources([], []) == NAMES
    (folder / NAMES[0]).unlink()
    assert location.sources([], []) == NAMES[1:]
    with pytest.raises(SourceNotFound, match=f"expected {NAMES[0]}, found none"):
        location.probe(NAMES[0], POLICY)
    (folder / "avall.zip").write_bytes(b"PK")
    assert location.sources([], []) == [*NAMES[1:], "avall"]
    (folder / NAMES[1]).write_bytes(b"PK and more")
    assert location.probe(NAMES[1], POLICY).bytes == 11


def test_a_folder_is_listed_again_if_a_copy_keeps_its_modification_time(folder: Path) -> None:
    before = folder.stat().st_mtime_ns
    assert SourceLocation(str(folder)).sources([], []) == NAMES
    (folder / "avall.zip").write_bytes(b"PK")
    os.utime(folder, ns=(before, before))
    assert SourceLocation(str(folder)).sources([], []) == [*NAMES, "avall"]


def test_a_link_that_leads_to_a_file_only_later_is_found_by_the_next_poll(folder: Path) -> None:
    (folder / "avall.zip").symlink_to(folder.parent / "mounted.zip")
    assert SourceLocation(str(folder)).sources([], []) == NAMES
    (folder.parent / "mounted.zip").write_bytes(b"PK")
    source_state.clear_probe_results()
    assert SourceLocation(str(folder)).sources([], []) == [*NAMES, "avall"]


def test_a_relative_folder_is_that_of_the_current_directory(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = folder / "other"
    (other / "months").mkdir(parents=True)
    (other / "months" / "avall.zip").write_bytes(b"PK")
    (folder / "months").mkdir()
    (folder / "months" / "up08NOV.zip").write_bytes(b"PK")
    for path, names in ((folder, ["up08NOV"]), (other, ["avall"])):
        monkeypatch.chdir(path)
        assert SourceLocation("months").sources([], []) == names


def test_what_is_no_file_is_ignored_with_the_reason(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.zip")
    os.mkfifo(tmp_path / "manifest.json")
    (tmp_path / "avall.zip").symlink_to("avall.zip")
    (tmp_path / "null.mdb").symlink_to("/dev/null")
    (tmp_path / "dangling.accdb").symlink_to("nowhere")
    (tmp_path / "folder.zip").mkdir()
    location = SourceLocation(str(tmp_path))
    reasons = location.ignored_files()
    assert reasons.pop("folder.zip") == "it is a folder; move its files to the folder above"
    names = ["avall.zip", "dangling.accdb", "null.mdb", "pipe.zip"]
    assert reasons == dict.fromkeys(names, "it is neither a file nor a link to one; put the file in its place")
    with pytest.raises(
        SourceNotFound, match=r"found avall\.zip \(no file\), dangling\.accdb \(no file\), folder\.zip/, "
    ):
        location.sources([], [])


def test_a_file_in_a_subfolder_is_reported_at_any_depth(tmp_path: Path) -> None:
    for folder in ("unpacked", "2025/november/week 1", "empty"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "unpacked" / "AVALL.MDB").write_bytes(b"")
    (tmp_path / "2025" / "november" / "week 1" / "up08NOV.zip").write_bytes(b"")
    (tmp_path / "empty" / "loop").symlink_to(tmp_path)
    reason = "files in a subfolder are not read; move them to the folder above"
    assert SourceLocation(str(tmp_path)).ignored_files() == dict.fromkeys(["2025", "unpacked"], reason)


@pytest.mark.parametrize("manifest", ["[" * 100_000, '{"format":' * 100_000, "[[1, 2]]"])
def test_another_manifest_is_no_list_of_files(tmp_path: Path, manifest: str) -> None:
    (tmp_path / "manifest.json").write_text(manifest)
    (tmp_path / "avall.zip").write_bytes(b"PK")
    assert SourceLocation(str(tmp_path)).sources([], []) == ["avall"]


def test_a_folder_may_have_any_name(tmp_path: Path) -> None:
    folder = tmp_path / os.fsdecode(b"a\xff\n%s")
    folder.mkdir()
    (folder / os.fsdecode(b"b\xff.zip")).write_bytes(b"PK")
    location = SourceLocation(str(folder))
    assert location.sources([], []) == ["b\udcff.zip"]
    assert location.key != SourceLocation(str(tmp_path)).key


@pytest.mark.parametrize("name", ["loop", "x" * 300, "a\0b", "avall.zip"])
def test_a_path_that_is_no_folder_is_reported(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "avall.zip").write_bytes(b"PK")
    monkeypatch.chdir(tmp_path)
    for address in (name, f"~no-such-user/{name}"):
        with pytest.raises(SourceError, match="NTSB_SOURCES") as caught:
            SourceLocation(address).sources([], [])
        assert str(caught.value).isprintable()


@pytest.mark.parametrize("name", ["My\u00a0Data", "a\nb", r"a\nb", "\udcff", "x\x1b"])
def test_a_folder_has_the_identity_of_its_path_whatever_its_characters(tmp_path: Path, name: str) -> None:
    for address in (str(tmp_path / name), f"{tmp_path / name}@2026-11-30"):
        expected = hashlib.sha256(os.fsencode(address)).hexdigest()[:16]
        assert SourceLocation(address).key == expected
        assert SourceLocation(address).display_name.isprintable()


def test_an_error_names_the_side_of_a_copy_that_failed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "avall.zip").write_bytes(b"PK")
    # Its bytes at 0 cannot be read.
    (tmp_path / "Pre2008.zip").symlink_to("/proc/self/mem")
    location, part, original = SourceLocation(str(tmp_path)), tmp_path / "store" / "x.part", Path.open
    with pytest.raises(SourceUnreachable, match=r"Pre2008.zip: .* found an error \(Input/output error\)"):
        location.download("Pre2008", part, POLICY)

    def failing(number: int) -> Callable[..., Any]:
        def write(data: bytes) -> None:
            raise OSError(number, os.strerror(number))

        def open_file(path: Path, *arguments: Any, **options: Any) -> Any:
            file = original(path, *arguments, **options)
            return MagicMock(wraps=file, write=write, __enter__=lambda self: self) if path == part else file

        return open_file

    for number in (errno.ENOSPC, errno.EDQUOT):
        monkeypatch.setattr(Path, "open", failing(number))
        with pytest.raises(InsufficientDiskSpace, match=r"x\.part: expected more disk space, found none; free some"):
            location.download("avall", part, POLICY)
    for number in (errno.EIO, errno.EROFS, errno.EACCES):
        monkeypatch.setattr(Path, "open", failing(number))
        with pytest.raises(OSError, match=os.strerror(number)) as raised:
            location.download("avall", part, POLICY)
        assert "NTSB_STORE" in run_errors.describe(raised.value)
    assert not part.exists()
