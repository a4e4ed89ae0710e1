"""U+FEFF at the start of a text: as UTF-16, its bytes are the mark of compressed text."""

from pathlib import Path

import pytest

from samples.jet4 import Column, write_access
from samples.jet4_tables import compress
from tests.access_files.access_formats import JET4, pointer
from tests.access_files.pipeline_reader import load_file
from tests.access_files.small_files import chained, finish, new_table

TEXTS = ("\ufeff", "\ufeffabc", "\ufeff" * 3, "\ufeffжя", "\ufeff" + "x" * 3000, "a\ufeff", "\ufffe", "ÿþabc", "ÿþ")


@pytest.mark.parametrize("text", TEXTS, ids=ascii)
def test_text_with_a_byte_order_mark_is_written_and_read_exactly(tmp_path: Path, text: str) -> None:
    path = tmp_path / "mark.mdb"
    write_access(path, {"t": [Column("a", "MEMO"), Column("b", "MEMO")]}, {"t": [(text, "between"), (None, text)]})
    assert [table.rows for table in load_file(path)] == [[(text, "between"), (None, text)]]


@pytest.mark.parametrize("text", ["abcd", "Größe", "aж", "\ufeffabc", "ab" * 40])
@pytest.mark.parametrize("ends", [[1], [2], [1, 2], [1, 3], [2, 3], [1, 2, 3, 4]], ids=str)
def test_the_mark_of_compressed_text_may_be_in_several_records(tmp_path: Path, text: str, ends: list[int]) -> None:
    data = compress(text)
    assert data is not None
    table = new_table(JET4)
    following = bytes(4)
    for start, end in reversed(list(zip([0, *ends], [*ends, len(data)], strict=True))):
        address = table.long_values["m"].add(following + data[start:end])
        following = pointer(address)
    table.rows.add(table.row((1, "a", chained(len(data), address), None)))
    table.rows.add(table.row((2, "b", text, None)))
    path = tmp_path / "mark.mdb"
    path.write_bytes(finish(table))
    assert [[row[2] for row in table.rows] for table in load_file(path)] == [[text, text]]
