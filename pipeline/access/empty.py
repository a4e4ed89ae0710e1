"""What mdb-export cannot say of an Access file (Jet 4): which texts are empty and which are missing.

Both come out of mdb-export as an empty field, so the pages of the file are looked into for just that.
"""

from pathlib import Path

import numpy as np

from pipeline.access import mdb
from pipeline.access.jet import MEMO, TEXT, JetTable, NotJet4, Pages, blocks, find_table, open_pages, read_table


def empty_strings(path: Path, table: str) -> dict[str, list[int]]:
    """For each TEXT or MEMO column of a table, the rows whose value is an empty string, not NULL.

    Rows are numbered from 1 in the order of mdb-export. Raises NotJet4 for other and damaged files, and unknown tables.
    """
    pages = open_pages(path)
    try:
        return found_empty(pages, read_table(pages, find_table(pages, path, table), path))
    except (IndexError, KeyError, ValueError) as error:
        raise NotJet4(f"{path}: table {table} points outside the file ({error}); {mdb.next_move(path)}") from error


def found_empty(pages: Pages, definition: JetTable) -> dict[str, list[int]]:
    """The row numbers of empty strings, by column."""
    columns = [column for column in definition.columns if column.type in (TEXT, MEMO)]
    found: dict[str, list[int]] = {column.name: [] for column in columns}
    before = 1
    for rows in blocks(pages, definition):
        for column in columns:
            there, start, length = rows.value(column)
            if column.type == MEMO:
                # A memo is a reference of twelve bytes; the first three say how long the text is.
                at = np.where(there & (length >= 4), start, rows.start)
                size = rows.u16(at) | rows.data[at + 2].astype(np.int64) << 16
                length = np.where(length >= 4, size, 0)
            found[column.name] += (np.flatnonzero(there & (length == 0)) + before).tolist()
        before += len(rows.start)
    return found
