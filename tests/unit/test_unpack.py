"""Unpacking: what is taken out, and every way in which a zip is refused."""

import io
import random
import stat
import zipfile
from pathlib import Path

import pytest

from pipeline.errors import (
    ArchiveError,
    InsufficientDiskSpace,
    NotAnAccessFile,
    NotAZip,
    TruncatedArchive,
    UnsafeArchive,
)
from pipeline.ingest import unpack
from pipeline.ingest.transfer import require_free_space

REPOSITORY = Path(__file__).resolve().parents[2]
JET4 = b"\x00\x01\x00\x00Standard Jet DB\x00\x01".ljust(4096, b"\0") + random.Random(2).randbytes(60_000)
ACE = b"\x00\x01\x00\x00Standard ACE DB\x00\x02".ljust(4096, b"\0")


def zipped(*members: tuple[str, bytes], packed: int = zipfile.ZIP_DEFLATED) -> bytes:
    room = io.BytesIO()
    with zipfile.ZipFile(room, "w", packed) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return room.getvalue()


def put(folder: Path, content: bytes) -> Path:
    path = folder / "given.zip"
    path.write_bytes(content)
    return path


def refused(folder: Path, content: bytes, error: type[ArchiveError], sentence: str, max_gb: float = 1) -> None:
    target = folder / "avall.mdb"
    with pytest.raises(error, match=sentence):
        unpack.unpack_access_file(put(folder, content), target, "avall.zip", max_gb)
    assert not target.exists()


@pytest.mark.parametrize(
    ("member", "content"),
    [("avall.mdb", JET4), ("PRE1982.MDB", JET4), ("new.accdb", ACE), ("avdata/up08NOV.Mdb", JET4)],
)
def test_takes_the_one_access_file(tmp_path: Path, member: str, content: bytes) -> None:
    target = tmp_path / "out.mdb"
    archive = put(tmp_path, zipped((member, content), ("readme.txt", b"hello")))
    assert unpack.unpack_access_file(archive, target, "avall.zip", 1) == member
    assert target.read_bytes() == content


def test_takes_it_out_of_a_self_extracting_zip(tmp_path: Path) -> None:
    target = tmp_path / "out.mdb"
    archive = put(tmp_path, b"MZ" + bytes(5000) + zipped(("avall.mdb", JET4)))
    unpack.unpack_access_file(archive, target, "avall.zip", 1)
    assert target.read_bytes() == JET4


@pytest.mark.parametrize(
    "name", ["../avall.mdb", "/etc/avall.mdb", "a/../../avall.mdb", "..\\avall.mdb", "C:\\avall.mdb"]
)
def test_refuses_a_member_that_points_outside(tmp_path: Path, name: str) -> None:
    refused(tmp_path, zipped((name, JET4)), UnsafeArchive, "points outside the folder")


def test_tells_all_faults_at_once(tmp_path: Path) -> None:
    content = zipped(("../avall.mdb", JET4), ("/b.txt", b""))
    refused(tmp_path, content, UnsafeArchive, r"avall.mdb' points outside.*/b.txt' points outside")


def test_refuses_a_link(tmp_path: Path) -> None:
    room = io.BytesIO()
    with zipfile.ZipFile(room, "w") as archive:
        link = zipfile.ZipInfo("avall.mdb")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    refused(tmp_path, room.getvalue(), UnsafeArchive, "is a link")


def test_refuses_what_unpacks_to_too_much(tmp_path: Path) -> None:
    refused(tmp_path, zipped(("avall.mdb", JET4)), UnsafeArchive, "64096 bytes, 6e-05 GB are allowed", 6e-5)
    refused(tmp_path, zipped(("avall.mdb", bytes(51_000_000))), UnsafeArchive, "more than 200 to 1")


def test_refuses_more_than_the_disk_holds(tmp_path: Path) -> None:
    with pytest.raises(InsufficientDiskSpace, match=r"avall.zip: needs 10{18} bytes in .* are free; make room"):
        require_free_space(tmp_path, 10**18, "avall.zip")


@pytest.mark.parametrize(("lie", "expected"), [(1000, "damaged"), (70_000, "damaged|expected 70000")])
def test_refuses_a_list_that_lies_about_size(tmp_path: Path, lie: int, expected: str) -> None:
    content = bytearray(zipped(("avall.mdb", JET4)))
    at = content.index(b"PK\x01\x02") + 24
    content[at : at + 4] = lie.to_bytes(4, "little")
    refused(tmp_path, bytes(content), TruncatedArchive, expected)


@pytest.mark.parametrize("share", [0.01, 0.5, 0.9, 0.999])
def test_refuses_a_truncated_zip(tmp_path: Path, share: float) -> None:
    whole = zipped(("avall.mdb", JET4))
    refused(tmp_path, whole[: int(len(whole) * share)], TruncatedArchive, "expected a whole zip")


@pytest.mark.parametrize("packed", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_refuses_damaged_bytes(tmp_path: Path, packed: int) -> None:
    content = bytearray(zipped(("avall.mdb", JET4), packed=packed))
    content[30_000] ^= 0xFF
    refused(tmp_path, bytes(content), TruncatedArchive, "damaged inside the zip")


def test_refuses_a_way_of_packing_it_does_not_know(tmp_path: Path) -> None:
    content = bytearray(zipped(("avall.mdb", JET4)))
    for mark, offset in ((b"PK\x03\x04", 8), (b"PK\x01\x02", 10)):
        at = content.index(mark) + offset
        content[at : at + 2] = (9).to_bytes(2, "little")
    refused(tmp_path, bytes(content), NotAZip, "cannot be unpacked here")


@pytest.mark.parametrize(
    "page", [b"<!DOCTYPE html><html>", b"\xef\xbb\xbf\r\n<HTML><body>no</body>", b"<?xml version='1.0'?>"]
)
def test_a_web_page_has_its_own_sentence(tmp_path: Path, page: bytes) -> None:
    refused(tmp_path, page, NotAZip, "expected a zip, found a web page")


def test_refuses_what_is_no_zip(tmp_path: Path) -> None:
    refused(tmp_path, JET4, NotAZip, "found a file that starts with")
    refused(tmp_path, b"", NotAZip, "found an empty file")


def test_refuses_none_or_two_databases(tmp_path: Path) -> None:
    refused(tmp_path, zipped(("readme.txt", b"")), NotAnAccessFile, r"found 0 \(readme.txt\)")
    refused(tmp_path, zipped(), NotAnAccessFile, r"found 0 \(nothing\)")
    refused(tmp_path, zipped(("a.mdb", JET4), ("b.MDB", JET4)), NotAnAccessFile, r"found 2 \(a.mdb, b.MDB\)")


def test_refuses_a_member_that_is_no_database(tmp_path: Path) -> None:
    refused(tmp_path, zipped(("avall.mdb", b"hello" * 999)), NotAnAccessFile, "found a file that starts with b'hello")
    refused(tmp_path, zipped(("avall.mdb", b"")), NotAnAccessFile, "starts with b''")
    broken = JET4[:20] + b"\x77" + JET4[21:]
    refused(tmp_path, zipped(("avall.mdb", broken)), NotAnAccessFile, "mdbtools cannot read it")


@pytest.mark.parametrize("archive", sorted((REPOSITORY / "samples").glob("*.zip")) or [None], ids=str)
def test_takes_the_samples(tmp_path: Path, archive: Path | None) -> None:
    if archive is None:
        pytest.skip("samples/ holds no zips")
    unpack.unpack_access_file(archive, tmp_path / "out.mdb", archive.name, 1)
    assert (tmp_path / "out.mdb").stat().st_size > 4096
