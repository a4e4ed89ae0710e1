"""Zips with any names and damaged structures: the database is unpacked exactly, or rejected with one short line."""

import io
import zipfile
from functools import cache
from pathlib import Path

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from pipeline.errors import ArchiveError
from pipeline.ingest.unpack import unpack_access_file
from tests.access_files.access_formats import JET3, JET4
from tests.access_files.bounded import cpu_limit
from tests.access_files.small_files import finish, new_table, rows_of

Member = tuple[str, str, int]  # name, key of CONTENTS, compression
Patch = tuple[float, int]

NAMES = (
    *("avall.mdb", "AVALL.MDB", "new.accdb", "data/2025/avall.mdb", "data\\avall.mdb", "avall.ldb", "README.TXT"),
    *(
        "__MACOSX/._avall.mdb",
        "../avall.mdb",
        "/avall.mdb",
        "C:\\avall.mdb",
        "folder/",
        ".mdb",
        "a.mdb.exe",
        "avall.zip",
    ),
    *("\x1b[31mred.mdb", "line\nbreak.mdb", "nul\0.mdb", "\u202ebdm.mdb", "größe.mdb", "x" * 60_000 + ".mdb"),
)


@cache
def database(is_jet3: bool) -> bytes:
    table = new_table(JET3 if is_jet3 else JET4)
    for row in rows_of(["memo"] * 3):
        table.rows.add(table.row(row))
    return finish(table)


CONTENTS = {
    "Jet 4": database(False),
    "Jet 3": database(True),
    "nothing": b"",
    "other bytes": b"hello" * 1000,
    "incomplete": database(False)[:5000],
    "signature only": b"\0\1\0\0Standard Jet DB\0\1",
}
COMPRESSIONS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)
MEMBERS = st.lists(
    st.tuples(
        st.sampled_from(NAMES) | st.text(max_size=12), st.sampled_from(sorted(CONTENTS)), st.sampled_from(COMPRESSIONS)
    ),
    max_size=3,
    unique_by=lambda member: member[0],
)
# (position, byte): where in the directory at the end of a zip, or in the head of its first member.
PATCHES = st.lists(st.tuples(st.floats(-1, 1, exclude_max=True), st.integers(0, 255)), max_size=6)
PROPERTY = settings(
    max_examples=400, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def zip_bytes(members: list[Member]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content, compression in members:
            # ZipInfo shortens a name at NUL and changes separators; here it is written as it is.
            information = zipfile.ZipInfo("placeholder")
            information.filename, information.compress_type = name, compression
            archive.writestr(information, CONTENTS[content])
    return buffer.getvalue()


def patched(content: bytes, patches: list[Patch]) -> bytes:
    """Return the bytes with some replaced: negative positions are in the first 60 bytes, others in the directory."""
    data = bytearray(content)
    directory = max(0, content.find(b"PK\1\2"))
    for position, byte in patches:
        limit = min(60, len(data))
        offset = int(-position * limit) if position < 0 else directory + int(position * (len(data) - directory))
        data[min(offset, len(data) - 1)] = byte
    return bytes(data)


def assert_unpacked_or_rejected(folder: Path, content: bytes, contents: list[bytes]) -> None:
    archive, target = folder / "input.zip", folder / "unpacked.mdb"
    archive.write_bytes(content)
    target.unlink(missing_ok=True)
    try:
        with cpu_limit(5):
            unpack_access_file(archive, target, "avall.zip", 0.1)
    except ArchiveError as error:
        assert str(error).isprintable()
        assert len(str(error)) < 1500
        assert not target.exists()
    else:
        assert target.read_bytes() in contents


@PROPERTY
@given(members=MEMBERS, patches=PATCHES)
@example(members=[("avall.mdb", "Jet 4", zipfile.ZIP_DEFLATED)], patches=[])
@example(members=[("\x1b[31mred.mdb", "Jet 4", zipfile.ZIP_DEFLATED), ("a\nb.mdb", "nothing", 0)], patches=[])
@example(members=[("x" * 60_000, "nothing", 0)], patches=[])
def test_a_zip_is_unpacked_exactly_or_rejected(tmp_path: Path, members: list[Member], patches: list[Patch]) -> None:
    assert_unpacked_or_rejected(
        tmp_path, patched(zip_bytes(members), patches), [CONTENTS[key] for _, key, _ in members]
    )


@PROPERTY
@given(patches=PATCHES.filter(bool), compression=st.sampled_from(COMPRESSIONS), share=st.floats(0.5, 1))
def test_a_damaged_zip_of_one_database_is_unpacked_exactly_or_rejected(
    tmp_path: Path, patches: list[Patch], compression: int, share: float
) -> None:
    content = patched(zip_bytes([("avall.mdb", "Jet 4", compression)]), patches)
    assert_unpacked_or_rejected(tmp_path, content[: int(len(content) * share)], [CONTENTS["Jet 4"]])


@PROPERTY
@given(
    content=st.binary(max_size=300), signature=st.sampled_from([b"", b"PK\3\4", b"PK\5\6", b"MZ", b"<html>", b"PK\1\2"])
)
def test_other_bytes_are_rejected(tmp_path: Path, content: bytes, signature: bytes) -> None:
    assert_unpacked_or_rejected(tmp_path, signature + content, [])
