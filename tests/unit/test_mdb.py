"""Access files that mdbtools cannot read: every sentence names the file and the next move."""

from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.access import mdb
from pipeline.errors import ExtractionFailed


def exported(path: Path) -> None:
    """All rows of a table."""
    with mdb.export(path, "events") as stream:
        stream.read()


@pytest.mark.parametrize(
    "read",
    [mdb.tables, lambda path: mdb.count(path, "events"), lambda path: mdb.columns(path, "events"), exported],
    ids=["tables", "count", "columns", "export"],
)
def test_a_damaged_file_is_named_with_the_next_move(tmp_path: Path, read: Callable[[Path], object]) -> None:
    damaged = tmp_path / "avall.mdb"
    damaged.write_bytes(b"nothing of the kind" * 500)
    with pytest.raises(ExtractionFailed, match=r"avall\.mdb") as raised:
        read(damaged)
    assert f"remove {damaged} and run again; if it stays so, get the zip anew" in str(raised.value)
