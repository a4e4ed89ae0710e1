"""The next edition of avall that the benchmark generates: edits inside an Access file."""

import zipfile
from pathlib import Path

import pytest

from pipeline.ingest import access_file
from tests.access import read_table, read_tables
from tests.architecture.tree import REPOSITORY
from tests.bench import files


def test_the_next_avall_lacks_its_first_event_and_has_some_other_cities(tmp_path: Path) -> None:
    before = files.unpack({"avall": REPOSITORY / "samples" / "avall.zip"}, tmp_path / "before")["avall"]
    changed = files.next_avall(before, tmp_path / "avall.zip")
    after = files.unpack({"avall": tmp_path / "avall.zip"}, tmp_path / "after")["avall"]
    first = next(files.cities(before))[0]
    different, new_tables = {}, read_tables(after)
    for table in access_file.open_database(after).tables:
        assert table.rows == len(new_tables[table.name])
    for table, old in read_tables(before).items():
        new = new_tables[table]
        remaining = [row for row in old if first not in row.values()]
        different[table] = sum(before_row != after_row for before_row, after_row in zip(remaining, new, strict=True))
    assert changed > 1
    assert {table: count for table, count in different.items() if count} == {"events": changed}
    assert any(row["ev_id"] == first for row in read_table(before, "aircraft"))


def test_an_id_outside_of_rows_is_not_deleted() -> None:
    content = bytearray(2 * files.PAGE)
    content[5000:5014] = b"20240101000001"
    assert files.withdraw(content, "20240101000001") == 0
    assert content == bytearray(2 * files.PAGE)[:5000] + b"20240101000001" + bytearray(2 * files.PAGE)[5014:]


@pytest.mark.parametrize("code", ["latin-1", "utf-16-le"])
def test_a_city_is_changed_in_compressed_and_utf16_text(code: str) -> None:
    mark = b"\xff\xfe" if code == "latin-1" else b""
    content = bytearray(b"".join(mark + text.encode(code) for text in ("20240101000001", "ANC24LA001", "Nome")))
    assert files.revise(content, "20240101000001", "Nome")
    assert content.endswith("Nomx".encode(code))
    assert not files.revise(content, "20240101000001", "Nome")


def test_the_next_avall_has_the_same_size_and_other_bytes(tmp_path: Path) -> None:
    before = files.unpack({"avall": REPOSITORY / "samples" / "avall.zip"}, tmp_path)["avall"]
    files.next_avall(before, tmp_path / "next.zip")
    with zipfile.ZipFile(tmp_path / "next.zip") as zipped:
        assert zipped.read("avall.mdb") != before.read_bytes()
        assert len(zipped.read("avall.mdb")) == before.stat().st_size
