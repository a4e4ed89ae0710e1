"""U+FEFF at the start of a text: as UTF-16, its bytes are the mark of compressed text."""

from pathlib import Path

import pytest

from samples.jet4 import Column, write_access
from tests.access_files.pipeline_reader import load_file

TEXTS = ("\ufeff", "\ufeffabc", "\ufeff" * 3, "\ufeffжя", "\ufeff" + "x" * 3000, "a\ufeff", "\ufffe", "ÿþabc", "ÿþ")


@pytest.mark.parametrize("text", TEXTS, ids=ascii)
def test_text_with_a_byte_order_mark_is_written_and_read_exactly(tmp_path: Path, text: str) -> None:
    path = tmp_path / "mark.mdb"
    write_access(path, {"t": [Column("a", "MEMO"), Column("b", "MEMO")]}, {"t": [(text, "between"), (None, text)]})
    assert [table.rows for table in load_file(path)] == [[(text, "between"), (None, text)]]
