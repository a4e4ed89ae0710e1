"""Unpacking: what is extracted, and every reason to reject a zip."""

import bz2
import gzip
import io
import lzma
import random
import stat
import struct
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


def zip_bytes(*members: tuple[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return buffer.getvalue()


def write_zip(folder: Path, content: bytes) -> Path:
    path = folder / "input.zip"
    path.write_bytes(content)
    return path


def assert_rejected(folder: Path, content: bytes, error: type[ArchiveError], message: str, max_gb: float = 1) -> None:
    target = folder / "avall.mdb"
    with pytest.raises(error, match=message):
        unpack.unpack_access_file(write_zip(folder, content), target, "avall.zip", max_gb)
    assert not target.exists()


@pytest.mark.parametrize(
    ("member", "content"),
    [("avall.mdb", JET4), ("PRE1982.MDB", JET4), ("new.accdb", ACE), ("avdata/up08NOV.Mdb", JET4)],
)
def test_extracts_the_only_access_file(tmp_path: Path, member: str, content: bytes) -> None:
    target = tmp_path / "out.mdb"
    archive = write_zip(tmp_path, zip_bytes((member, content), ("readme.txt", b"hello")))
    assert unpack.unpack_access_file(archive, target, "avall.zip", 1) == member
    assert target.read_bytes() == content


def test_extracts_from_a_self_extracting_zip(tmp_path: Path) -> None:
    target = tmp_path / "out.mdb"
    archive = write_zip(tmp_path, b"MZ" + bytes(5000) + zip_bytes(("avall.mdb", JET4)))
    unpack.unpack_access_file(archive, target, "avall.zip", 1)
    assert target.read_bytes() == JET4


@pytest.mark.parametrize(
    "name", ["../avall.mdb", "/etc/avall.mdb", "a/../../avall.mdb", "..\\avall.mdb", "C:\\avall.mdb"]
)
def test_rejects_a_member_that_points_outside(tmp_path: Path, name: str) -> None:
    assert_rejected(tmp_path, zip_bytes((name, JET4)), UnsafeArchive, "points outside the folder")


def test_reports_all_problems_at_once(tmp_path: Path) -> None:
    content = zip_bytes(("../avall.mdb", JET4), ("/b.txt", b""))
    assert_rejected(tmp_path, content, UnsafeArchive, r"avall.mdb' points outside.*/b.txt' points outside")


def test_rejects_a_link(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        link = zipfile.ZipInfo("avall.mdb")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    assert_rejected(tmp_path, buffer.getvalue(), UnsafeArchive, "is a link")


def test_rejects_a_zip_bomb(tmp_path: Path) -> None:
    assert_rejected(tmp_path, zip_bytes(("avall.mdb", JET4)), UnsafeArchive, "64096 bytes, 6e-05 GB are allowed", 6e-5)
    assert_rejected(tmp_path, zip_bytes(("avall.mdb", bytes(51_000_000))), UnsafeArchive, "more than 200 to 1")


def test_rejects_more_than_fits_on_the_disk(tmp_path: Path) -> None:
    with pytest.raises(
        InsufficientDiskSpace, match=r"avall.zip: expected 10{18} free bytes in .*, found \d+; free some space"
    ):
        require_free_space(tmp_path, 10**18, "avall.zip")


@pytest.mark.parametrize(("size", "message"), [(1000, "damaged"), (70_000, "damaged|expected 70000")])
def test_rejects_a_wrong_size_in_the_table_of_contents(tmp_path: Path, size: int, message: str) -> None:
    content = bytearray(zip_bytes(("avall.mdb", JET4)))
    offset = content.index(b"PK\x01\x02") + 24
    content[offset : offset + 4] = size.to_bytes(4, "little")
    assert_rejected(tmp_path, bytes(content), TruncatedArchive, message)


@pytest.mark.parametrize("share", [0.01, 0.5, 0.9, 0.999])
def test_rejects_a_truncated_zip(tmp_path: Path, share: float) -> None:
    complete = zip_bytes(("avall.mdb", JET4))
    assert_rejected(tmp_path, complete[: int(len(complete) * share)], TruncatedArchive, "expected a complete zip")


@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_rejects_damaged_bytes(tmp_path: Path, compression: int) -> None:
    content = bytearray(zip_bytes(("avall.mdb", JET4), compression=compression))
    content[30_000] ^= 0xFF
    assert_rejected(tmp_path, bytes(content), TruncatedArchive, "damaged inside the zip")


def test_rejects_an_unknown_compression(tmp_path: Path) -> None:
    content = bytearray(zip_bytes(("avall.mdb", JET4)))
    for signature, skip in ((b"PK\x03\x04", 8), (b"PK\x01\x02", 10)):
        offset = content.index(signature) + skip
        content[offset : offset + 2] = (9).to_bytes(2, "little")
    assert_rejected(tmp_path, bytes(content), NotAZip, "unsupported compression")


def test_rejects_a_newer_version_of_the_format(tmp_path: Path) -> None:
    content = bytearray(zip_bytes(("avall.mdb", JET4)))
    content[content.index(b"PK\x01\x02") + 6] = 64
    assert_rejected(tmp_path, bytes(content), NotAZip, "found zip file version 6.4; compress it with another program")


@pytest.mark.parametrize("offset", [30_000, 60, 50])
def test_rejects_damaged_bytes_of_lzma(tmp_path: Path, offset: int) -> None:
    content = bytearray(zip_bytes(("avall.mdb", JET4), compression=zipfile.ZIP_LZMA))
    content[offset] ^= 0xFF
    assert_rejected(tmp_path, bytes(content), TruncatedArchive, "damaged inside the zip")


@pytest.mark.parametrize("position", [10**6, 2**62, 2**63 - 1, 2**63, 2**64 - 1])
def test_rejects_a_position_outside_the_file(tmp_path: Path, position: int) -> None:
    """Of a member, and of the table of contents, both as zip64 allows."""
    content = zip_bytes(("avall.mdb", JET4))
    directory, end = content.index(b"PK\1\2"), content.index(b"PK\5\6")
    entry = content[directory : end - 13] + b"\xff" * 4 + b"avall.mdb" + struct.pack("<HHQ", 1, 8, position)
    entry = entry[:30] + struct.pack("<H", 12) + entry[32:]
    of_member = (
        content[:directory] + entry + content[end : end + 12] + struct.pack("<I", len(entry)) + content[end + 16 :]
    )
    assert_rejected(tmp_path, of_member, TruncatedArchive, "damaged inside the zip")
    end64 = struct.pack("<4sQHHIIQQQQ", b"PK\6\6", 44, 45, 45, 0, 0, 1, 1, end - directory, position)
    locator = struct.pack("<4sIQI", b"PK\6\7", 0, end, 1)
    of_directory = content[:end] + end64 + locator + b"PK\5\6" + bytes(4) + b"\xff" * 12 + bytes(2)
    assert_rejected(tmp_path, of_directory, TruncatedArchive, "expected a complete zip|damaged inside the zip")


def test_rejects_a_name_that_is_not_in_its_encoding(tmp_path: Path) -> None:
    content = zip_bytes(("avall.mdb", JET4), ("größe.txt", b"")).replace("größe".encode(), b"gr\xff\xfe\xff\xfee")
    assert_rejected(
        tmp_path,
        content,
        NotAZip,
        "expected names in UTF-8.*, found 'utf-8' codec can't decode byte 0xff.*; compress it with another",
    )


@pytest.mark.parametrize(
    "page", [b"<!DOCTYPE html><html>", b"\xef\xbb\xbf\r\n<HTML><body>no</body>", b"<?xml version='1.0'?>"]
)
def test_recognizes_a_web_page(tmp_path: Path, page: bytes) -> None:
    assert_rejected(tmp_path, page, NotAZip, "expected a zip, found a web page")


def test_copies_an_access_file_that_is_not_zipped(tmp_path: Path) -> None:
    (tmp_path / "avall.zip").write_bytes(JET4)
    assert unpack.unpack_access_file(tmp_path / "avall.zip", tmp_path / "avall.mdb", "avall.mdb", 1) == ""
    assert (tmp_path / "avall.mdb").read_bytes() == JET4


def test_rejects_other_files(tmp_path: Path) -> None:
    assert_rejected(tmp_path, b"Rat!" * 99, NotAZip, "found a file that starts with .*; download the zip again")
    assert_rejected(tmp_path, b"", NotAZip, "found an empty file")


UNPACK = "; unpack it, and put the Access file in its place, or a zip of it without a password"


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"7z\xbc\xaf\x27\x1c\x00\x04" + bytes(99), "a 7z archive"),
        (b"Rar!\x1a\x07\x01\x00" + bytes(99), "a RAR archive"),
        (gzip.compress(JET4), "a gzip archive"),
        (bz2.compress(JET4), "a bzip2 archive"),
        (lzma.compress(JET4), "a xz archive"),
        (b"\x28\xb5\x2f\xfd" + bytes(99), "a Zstandard archive"),
        (b"MSCF" + bytes(99), "a cabinet archive"),
        (bytes(257) + b"ustar\x0000" + bytes(255), "a tar archive"),
        (b"MZ" + bytes(200_000) + b"7z\xbc\xaf\x27\x1c" + bytes(99), "a self-extracting 7z archive"),
        (b"MZ" + bytes(90_000) + b"Rar!\x1a\x07" + bytes(99), "a self-extracting RAR archive"),
        (b"PK\x07\x08PK\x03\x04" + bytes(99), "a part of a zip in several files"),
    ],
    ids=lambda item: item if isinstance(item, str) else "",
)
def test_another_kind_of_archive_is_to_be_unpacked(tmp_path: Path, content: bytes, kind: str) -> None:
    assert_rejected(tmp_path, content, NotAZip, f"avall.zip: expected a zip, found {kind}{UNPACK}")


def encrypted(content: bytes) -> bytes:
    """A zip whose members have the flag of an encrypted one, in both places."""
    for signature, skip in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        parts = content.split(signature)
        flagged = [part[: skip - 4] + bytes([part[skip - 4] | 1]) + part[skip - 3 :] for part in parts[1:]]
        content = signature.join([parts[0], *flagged])
    return content


def test_a_zip_with_a_password_is_to_be_unpacked(tmp_path: Path) -> None:
    names = zip_bytes(("avall.mdb", JET4), ("readme.txt", b"hello"))
    message = r"expected a zip without a password, found 'avall\.mdb' is encrypted; 'readme\.txt' is encrypted"
    assert_rejected(tmp_path, encrypted(names), NotAZip, message + UNPACK)
    unsafe = encrypted(zip_bytes(("../avall.mdb", JET4)))
    assert_rejected(
        tmp_path, unsafe, UnsafeArchive, "points outside the folder; .*is encrypted; .*do not open this one"
    )


def test_rejects_no_and_several_databases(tmp_path: Path) -> None:
    assert_rejected(tmp_path, zip_bytes(("readme.txt", b"")), NotAnAccessFile, r"found 0 \(readme.txt\)")
    assert_rejected(tmp_path, zip_bytes(), NotAnAccessFile, r"found 0 \(nothing\)")
    assert_rejected(tmp_path, zip_bytes(("a.mdb", JET4), ("b.MDB", JET4)), NotAnAccessFile, r"found 2 \(a.mdb, b.MDB\)")


def test_rejects_a_member_that_is_not_an_access_database(tmp_path: Path) -> None:
    assert_rejected(
        tmp_path, zip_bytes(("avall.mdb", b"hello" * 999)), NotAnAccessFile, "found a file that starts with b'hello"
    )
    assert_rejected(tmp_path, zip_bytes(("avall.mdb", b"")), NotAnAccessFile, "starts with b''")
    broken = JET4[:20] + b"\x77" + JET4[21:]
    assert_rejected(tmp_path, zip_bytes(("avall.mdb", broken)), NotAnAccessFile, "found version 119 of the format")


@pytest.mark.parametrize("archive", sorted((REPOSITORY / "samples").glob("*.zip")) or [None], ids=str)
def test_extracts_the_samples(tmp_path: Path, archive: Path | None) -> None:
    if archive is None:
        pytest.skip("samples/ holds no zips")
    unpack.unpack_access_file(archive, tmp_path / "out.mdb", archive.name, 1)
    assert (tmp_path / "out.mdb").stat().st_size > 4096
