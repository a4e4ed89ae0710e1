"""Access files that mdbtools cannot read: every sentence names the file and the next move."""

from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.errors import ExtractionError
from pipeline.ingest import access_file


def exported(path: Path) -> None:
    """All rows of a table."""
    with access_file.export_csv(path, "events") as stream:
        stream.read()


@pytest.mark.parametrize(
    "read",
    [
        access_file.list_tables,
        lambda path: access_file.count_rows(path, "events"),
        lambda path: access_file.list_columns(path, "events"),
        exported,
    ],
    ids=["tables", "count", "columns", "export"],
)
def test_a_damaged_file_is_named_with_the_next_move(tmp_path: Path, read: Callable[[Path], object]) -> None:
    damaged = tmp_path / "avall.mdb"
    damaged.write_bytes(b"nothing of the kind" * 500)
    with pytest.raises(ExtractionError, match=r"avall\.mdb") as raised:
        read(damaged)
    assert f"remove {damaged} and run again; if it stays so, get the zip anew" in str(raised.value)
