"""Access files that mdbtools cannot read: every message names the file and the next step."""

from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.errors import ExtractionError
from pipeline.ingest import access_file


def export_rows(path: Path) -> None:
    with access_file.export_csv(path, "events") as stream:
        stream.read()


@pytest.mark.parametrize(
    "read",
    [
        access_file.list_tables,
        lambda path: access_file.count_rows(path, "events"),
        lambda path: access_file.list_columns(path, "events"),
        export_rows,
    ],
    ids=["tables", "count", "columns", "export"],
)
def test_a_damaged_file_is_reported_with_the_next_step(tmp_path: Path, read: Callable[[Path], object]) -> None:
    damaged = tmp_path / "avall.mdb"
    damaged.write_bytes(b"not an Access file" * 500)
    with pytest.raises(ExtractionError, match=r"avall\.mdb") as raised:
        read(damaged)
    assert f"remove {damaged} and run again; if the error persists, download the zip again" in str(raised.value)
