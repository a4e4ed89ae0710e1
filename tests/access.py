"""Tables of an Access file as lists of rows."""

from pathlib import Path

from pipeline.ingest import access_file

Row = dict[str, str | None]


def read_tables(path: Path) -> dict[str, list[Row]]:
    """All rows of all tables; fails if a cell cannot be read."""
    database = access_file.open_database(path)
    tables: dict[str, list[Row]] = {}
    for table in database.tables:
        blocks = list(access_file.read_rows(database, table))
        assert not [cell for block in blocks for cell in block.unreadable]
        tables[table.name] = [row for block in blocks for row in block.batch.to_pylist()]
    return tables


def read_table(path: Path, table: str) -> list[Row]:
    """All rows of a table."""
    return read_tables(path)[table]
