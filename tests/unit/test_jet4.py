"""Empty strings and rows of Access files, compared with the output of mdb-export."""

import csv
import io
import struct
import subprocess
import zipfile
from pathlib import Path

import numpy as np
import pytest

from pipeline.ingest import jet4
from pipeline.ingest.jet4 import NotJet4, empty_strings
from samples.jet4 import Column, write_access

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"
COLUMNS = [Column("a", "TEXT", 20), Column("flag", "BOOLEAN"), Column("m", "MEMO"), Column("n", "LONG")]


def export(path: Path, table: str) -> list[dict[str, str]]:
    csv.field_size_limit(10**7)
    text = subprocess.run(["mdb-export", path, table], check=True, capture_output=True).stdout.decode()
    return list(csv.DictReader(io.StringIO(text, newline="")))


def flag_rows(path: Path, table: str, flags: dict[int, int]) -> None:
    """Set flags of rows on the table's first page, as Access does when it deletes or moves a row."""
    pages = jet4.open_pages(path)
    page = int(jet4.read_table(pages, jet4.find_table(pages, path, table), path).rows[0])
    content = bytearray(path.read_bytes())
    for row, bits in flags.items():
        offset = page * jet4.PAGE + 14 + 2 * row
        struct.pack_into("<H", content, offset, struct.unpack_from("<H", content, offset)[0] | bits)
    path.write_bytes(content)


def test_empty_strings_differ_from_null(tmp_path: Path) -> None:
    path = tmp_path / "a.mdb"
    rows = [("", True, "", 1), (None, True, None, 2), ("x", False, "y" * 5000, 3), ("", False, None, 4)]
    write_access(path, {"t": COLUMNS, "none": COLUMNS}, {"t": rows})
    assert empty_strings(path, "t") == {"a": [1, 4], "m": [1]}
    assert empty_strings(path, "none") == {"a": [], "m": []}


def test_rows_are_numbered_across_pages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.mdb"
    # More pages than one block, and too many for an inline usage map.
    monkeypatch.setattr(jet4, "BLOCK", 100)
    rows = ((f"{n:0250}", False, "" if n % 100 == 7 else None, n) for n in range(10_000))
    write_access(path, {"t": [Column("a", "TEXT", 250), *COLUMNS[1:]]}, {"t": rows})
    assert path.stat().st_size > 600 * jet4.PAGE
    assert empty_strings(path, "t") == {"a": [], "m": list(range(8, 10_000, 100))}


def test_deleted_and_moved_rows_are_numbered_as_in_mdb_export(tmp_path: Path) -> None:
    path = tmp_path / "a.mdb"
    write_access(path, {"t": COLUMNS}, {"t": [("" if n % 2 else None, False, None, n) for n in range(8)]})
    flag_rows(path, "t", {1: 0x8000, 2: 0x4000, 4: 0xC000})
    exported = [int(row["n"]) for row in export(path, "t")]
    assert exported == [0, 1, 3, 5, 6, 7]
    assert empty_strings(path, "t")["a"] == [number for number, n in enumerate(exported, 1) if n % 2]


def test_other_files_are_rejected(tmp_path: Path) -> None:
    path = tmp_path / "a.mdb"
    path.write_bytes(b"<html>" + bytes(20000))
    with pytest.raises(NotJet4, match=r"a\.mdb: expected a Jet 4 database .* starts with b'<html>"):
        empty_strings(path, "t")
    path.write_bytes(b"")
    with pytest.raises(NotJet4, match="found 0 bytes"):
        empty_strings(path, "t")


def test_an_unknown_table_is_reported_with_the_existing_ones(tmp_path: Path) -> None:
    path = tmp_path / "a.mdb"
    write_access(path, {"t": COLUMNS}, {})
    with pytest.raises(NotJet4, match=r"expected table u, found MSysObjects, t; .* run again"):
        empty_strings(path, "u")


def test_a_damaged_definition_is_rejected(tmp_path: Path) -> None:
    path = tmp_path / "a.mdb"
    write_access(path, {"t": COLUMNS}, {})
    content = bytearray(path.read_bytes())
    content[2 * jet4.PAGE] = 9
    path.write_bytes(content)
    with pytest.raises(NotJet4, match="expected a table definition on page 2"):
        empty_strings(path, "t")


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared data are not next to this repository")
@pytest.mark.parametrize(
    ("source", "member", "table"),
    [
        ("synthetic/small/avall.zip", "avall.mdb", "narratives"),
        ("synthetic/small/PRE1982.zip", "PRE1982.MDB", "tblFirstHalf"),
        ("real/avall.zip", "avall.mdb", "events"),
    ],
)
def test_null_agrees_with_mdb_export(tmp_path: Path, source: str, member: str, table: str) -> None:
    with zipfile.ZipFile(SHARED / source) as archive:
        path = Path(archive.extract(member, tmp_path))
    rows = export(path, table)
    pages, empty_rows = jet4.open_pages(path), empty_strings(path, table)
    definition = jet4.read_table(pages, jet4.find_table(pages, path, table), path)
    for column in definition.columns:
        if column.type in (jet4.TEXT, jet4.MEMO):
            values = [block.value(column) for block in jet4.blocks(pages, definition)]
            has_text = np.concatenate([has_value & (length > 0) for has_value, _, length in values])
            empty = set(empty_rows[column.name])
            expected = [row[column.name] != "" for row in rows]
            assert [bool(f) and n not in empty for n, f in enumerate(has_text, 1)] == expected, column.name


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared data are not next to this repository")
def test_the_empty_narrative_of_the_synthetic_data_is_found(tmp_path: Path) -> None:
    with zipfile.ZipFile(SHARED / "synthetic/small/avall.zip") as archive:
        path = Path(archive.extract("avall.mdb", tmp_path))
    empty = empty_strings(path, "narratives")
    assert [export(path, "narratives")[n - 1]["ev_id"] for n in empty["narr_accp"]] == ["20001210X66440"]
    assert not empty["narr_accf"] and not empty["narr_cause"] and not empty["narr_inc"]


def test_a_truncated_file_is_rejected(tmp_path: Path) -> None:
    path = tmp_path / "a.mdb"
    write_access(path, {"t": COLUMNS}, {"t": [("x", False, "y" * 9000, n) for n in range(100)]})
    path.write_bytes(path.read_bytes()[: 4 * jet4.PAGE])
    with pytest.raises(NotJet4, match="table t refers to pages outside the file"):
        empty_strings(path, "t")
