"""Thousands of damaged Access files: each is read or rejected in bounded time, with bounded output."""

from pathlib import Path
from random import Random

import pytest

from pipeline.errors import PipelineError
from pipeline.ingest.access_file import open_database, read_rows
from tests.access_files.access_formats import ACE, JET3, JET4
from tests.access_files.access_values import is_unreadable
from tests.access_files.bounded import cpu_limit
from tests.access_files.mutations import MutableFile
from tests.access_files.random_files import random_file

GROUPS, FILES_PER_GROUP, CHANGES_PER_FILE = 8, 6, 45
LARGEST_FILE = 100_000
SECONDS_PER_FILE = 5
# The text of a value has at most this many bytes per stored byte, except for booleans and NULLs.
EXPANSION = 20


def check_cells(path: Path) -> int:
    """Read all rows, check that PostgreSQL can store the cells, and return their number. Raises PipelineError."""
    budget = EXPANSION * path.stat().st_size + 50_000
    database = open_database(path)
    count = 0
    for table in database.tables:
        rows = 0
        for block in read_rows(database, table):
            unreadable = {(row, column) for row, column, _ in block.unreadable}
            assert all(reason.isprintable() and len(reason) < 300 for *_, reason in block.unreadable)
            assert block.batch.num_columns == len(table.columns)
            for column, array in zip(table.columns, block.batch.columns, strict=True):
                cells = array.to_pylist()
                budget -= sum(len(cell or "") for cell in cells)
                assert not any(is_unreadable(cell) for cell in cells)
                for number, cell in enumerate(cells, rows + 1):
                    assert cell is None or (number, column.name) not in unreadable
            rows += block.batch.num_rows
            count += block.batch.num_rows * block.batch.num_columns
            assert budget > 0, f"expected at most {EXPANSION} times the size of the file"
    return count


def small_bases(group: int) -> list[MutableFile]:
    """Return files of all formats, which are small, so that changes are likely to matter."""
    seeds = iter(range(group * 1000, group * 1000 + 1000))
    files: list[MutableFile] = []
    while len(files) < FILES_PER_GROUP:
        file = random_file(next(seeds), (JET3, JET4, ACE)[len(files) % 3])
        if len(file.content) < LARGEST_FILE and any(table.rows for table in file.tables):
            files.append(MutableFile(file))
    return files


@pytest.mark.parametrize("group", range(GROUPS))
def test_a_damaged_file_is_read_or_rejected(tmp_path: Path, group: int) -> None:
    random, path = Random(group), tmp_path / "fuzz.mdb"
    read = rejected = 0
    for index, base in enumerate(small_bases(group)):
        for change in range(CHANGES_PER_FILE):
            path.write_bytes(base.changed(random))
            try:
                with cpu_limit(SECONDS_PER_FILE):
                    read += check_cells(path) > 0
            except PipelineError as error:
                assert str(error).isprintable() and len(str(error)) < 1000, (index, change)
                rejected += 1
            except BaseException:
                print(f"group {group}, file {index}, change {change}")
                raise
    # Otherwise the changes are too small or too large to test the reader.
    assert read > FILES_PER_GROUP * CHANGES_PER_FILE / 10
    assert rejected > FILES_PER_GROUP * CHANGES_PER_FILE / 10
