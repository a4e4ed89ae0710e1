"""A thousand generated Access files: every cell that is read equals the cell that was written, and what others read."""

import shutil
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.access_files import mdb_reader, mdbtools
from tests.access_files.access_values import TYPES, JetColumn, OutOfRange, is_unreadable
from tests.access_files.pipeline_reader import LoadedTable, load_file, loaded_value
from tests.access_files.random_files import AccessFile, TableContent, random_file

FILES = 1000
FILES_FOR_MDBTOOLS = 150  # it needs a process for each table
LARGE_SEEDS = range(20_002, 20_010)
Files = list[tuple[Path, AccessFile]]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    """The path and the content of each file; its bytes are on disk only."""
    folder = tmp_path_factory.mktemp("access")
    written = []
    for seed in range(FILES):
        file = random_file(seed)
        path = folder / f"{seed}.mdb"
        path.write_bytes(file.content)
        written.append((path, replace(file, content=b"")))
    return written


def comparable(value: Any) -> Any:
    """Return a value that is equal to another only if both are the same: NaN is, 0.0 and -0.0 are not."""
    if isinstance(value, OutOfRange):
        return OutOfRange
    return ("float", repr(value)) if isinstance(value, float) else value


def differences(
    label: str, columns: Sequence[JetColumn], expected: Sequence[Any], read: Sequence[Any]
) -> Iterator[str]:
    """Yield a message for each cell of a row that differs."""
    for column, value, other in zip(columns, expected, read, strict=True):
        if comparable(value) != comparable(other):
            yield f"{label}, {column.name!r} ({column.type}): expected {value!r:.100}, found {other!r:.100}"


def table_differences(label: str, table: TableContent, loaded: LoadedTable) -> Iterator[str]:
    """Yield what the pipeline read differently, including cells that it should report and did not."""
    unreadable = {
        (number, column.name)
        for number, row in enumerate(table.rows, 1)
        for column, value in zip(table.columns, row, strict=True)
        if is_unreadable(value)
    }
    if unreadable != set(loaded.unreadable):
        yield f"{label}: expected unreadable {sorted(unreadable)}, found {sorted(loaded.unreadable)}"
    if (len(table.rows), [column.name for column in table.columns]) != (len(loaded.rows), list(loaded.columns)):
        yield f"{label}: expected {len(table.rows)} rows, {table.columns}, found {len(loaded.rows)}, {loaded.columns}"
        return
    for number, (row, cells) in enumerate(zip(table.rows, loaded.rows, strict=True), 1):
        expected = [None if is_unreadable(value) else value for value in row]
        values = [loaded_value(cell, column) for cell, column in zip(cells, table.columns, strict=True)]
        yield from differences(f"{label}, row {number}", table.columns, expected, values)


def test_every_cell_is_read_exactly_or_reported(files: Files) -> None:
    problems: list[str] = []
    for path, file in files:
        loaded = load_file(path)
        assert [table.name for table in loaded] == [table.name for table in file.tables], file.seed
        for table, result in zip(file.tables, loaded, strict=True):
            problems += table_differences(f"seed {file.seed} ({file.jet.name}), {table.name!r}", table, result)
    assert problems[:20] == []


def test_tables_of_several_blocks_are_read_exactly(tmp_path: Path) -> None:
    """With deleted and relocated rows, and rows of different widths, on both sides of the limits of blocks."""
    path = tmp_path / "large.mdb"
    problems: list[str] = []
    for seed in LARGE_SEEDS:
        file = random_file(seed, rows=1400)
        path.write_bytes(file.content)
        for table, loaded in zip(file.tables, load_file(path), strict=True):
            assert len(table.rows) > 500
            problems += table_differences(f"seed {seed} ({file.jet.name}), {table.name!r}", table, loaded)
    assert problems[:20] == []


def test_columns_have_the_names_of_access_for_their_types(files: Files) -> None:
    names: dict[str, set[str]] = {}
    for path, file in files[:200]:
        for table, loaded in zip(file.tables, load_file(path), strict=True):
            for column, type_name in zip(table.columns, loaded.types, strict=True):
                names.setdefault(column.type, set()).add(type_name)
    assert names == {type_: {TYPES[type_][2]} for type_ in TYPES}


def test_the_files_cover_every_type_in_every_format(files: Files) -> None:
    """Otherwise the comparison says less than it seems to."""
    cells: Counter[tuple[str, str]] = Counter()
    features: Counter[str] = Counter()
    for _, file in files:
        features[f"{file.jet.name}, encoded: {file.key != 0}"] += 1
        for table in file.tables:
            features["old rows"] += table.has_old_rows
            features["deleted column"] += any(not column.is_live for column in table.layout)
            features["relocated row"] += table.scan_order != sorted(table.scan_order)
            for row in table.rows:
                for column, value in zip(table.columns, row, strict=True):
                    cells[file.jet.name, column.type] += value is not None
                    features["unreadable"] += is_unreadable(value)
                    features["NULL"] += value is None
                    features["empty text"] += value == ""
                    features["long memo"] += isinstance(value, str) and len(value) > 250_000
    rare = {key: count for key, count in (cells | features).items() if count < 5}
    assert rare == {}
    assert len(cells) == len(TYPES) * 3 - 4 - 3, "Jet 3 has no Decimal; only ACE has the last three types"


@pytest.mark.skipif(not mdb_reader.is_installed(), reason=mdb_reader.MISSING)
def test_mdb_reader_reads_the_same_cells(files: Files) -> None:
    problems: list[str] = []
    compared = 0
    for (_, file), result in zip(files, mdb_reader.read_files(path for path, _ in files), strict=True):
        assert [table["name"] for table in result["tables"]] == [table.name for table in file.tables], file.seed
        for table, other in zip(file.tables, result["tables"], strict=True):
            if mdb_reader.skipped_table(table):
                continue
            label = f"seed {file.seed} ({file.jet.name}), {table.name!r}"
            columns = [column for column in table.columns if not mdb_reader.skipped_column(column)]
            assert (other.get("error"), len(other.get("rows", ()))) == (None, len(table.rows) if columns else 0), label
            for index, cells in zip(table.scan_order, other["rows"], strict=bool(columns)):
                row = dict(zip(table.columns, table.rows[index], strict=True))
                expected = [mdb_reader.expected_value(file, row[column]) for column in columns]
                values = [mdb_reader.stored_value(cell, column) for cell, column in zip(cells, columns, strict=True)]
                problems += differences(label, columns, expected, values)
                compared += len(values)
    assert problems[:20] == []
    assert compared > 50_000


@pytest.mark.skipif(shutil.which("mdb-export") is None, reason="mdbtools is not installed: scripts/system-packages")
def test_mdb_export_writes_the_same_cells(files: Files) -> None:
    problems: list[str] = []
    compared = skipped = 0
    for path, file in files[:FILES_FOR_MDBTOOLS]:
        for table in file.tables:
            if mdbtools.skipped_table(file, table):
                continue
            exported = mdbtools.export(path, table.name)
            # Versions differ in where they write a row that was relocated.
            is_ordered = table.scan_order == sorted(table.scan_order)
            assert len(exported) == len(table.rows), (file.seed, table.name)
            for row, cells in zip(table.rows, exported if is_ordered else [], strict=is_ordered):
                for column, value, text in zip(table.columns, row, cells, strict=True):
                    if mdbtools.skipped_value(file, value, column):
                        skipped += 1
                    elif not mdbtools.is_same(value, text, column):
                        problems.append(f"seed {file.seed}, {table.name!r}, {column}: {value!r:.80}, {text!r:.80}")
                    compared += 1
    assert problems[:20] == []
    assert compared > 5000
    assert skipped < compared / 4
