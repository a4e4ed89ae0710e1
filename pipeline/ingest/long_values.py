"""Long values (Memo, OLE): a row refers to bytes in the row itself, in a record elsewhere, or in a chain of records.

A reference has twelve bytes: the length with two bits for the kind, the address of the first record (page and slot),
and four unused bytes. A record of a chain begins with the address of the next one.
"""

import numpy as np

from pipeline.ingest.jet_file import DamagedFile, JetFile, Numbers
from pipeline.ingest.jet_rows import Cells, resolve
from pipeline.ingest.jet_text import Pieces

REFERENCE_BYTES = 12
LENGTH_MASK = 0x3FFFFFFF
CHAIN, SINGLE, INLINE = 0, 1, 2
# Marks of pages with long values, in place of their table; the second is that of earlier sample files.
OWNERS = tuple(int.from_bytes(mark, "little") for mark in (b"LVAL", b"LAVL"))

REASONS = (
    "",
    "its pointer leads outside the file",
    "its pointer leads to no record",
    "its pointer leads to a page of another kind",
    "its pointer leads to a deleted record",
    "its record is part of another value or of a cycle",
    "its record has no content",
    "its records are shorter than its length",
    "its records are longer than its length",
)
OUTSIDE, NO_RECORD, OTHER_PAGE, DELETED, SHARED, EMPTY, TOO_SHORT, TOO_LONG = range(1, len(REASONS))


class LongValueReader:
    """Reads the references of one table. Each record belongs to one value, so that no chain is followed twice.

    `bytes_read`: bytes of the long values of each table of the file, to which tables may refer from several threads.
    """

    def __init__(self, file: JetFile, table: str, bytes_read: dict[str, int]) -> None:
        self.file, self.table, self.bytes_read = file, table, bytes_read
        self.used: set[int] = set()
        bytes_read[table] = 0

    def find(self, cells: Cells) -> tuple[Pieces, dict[int, str]]:
        """Return the parts of the values of a block of cells, and {row: reason} of those that cannot be read.

        A value of length 0 has no parts. Raises DamagedFile if the values of all tables have more bytes than the file.
        """
        rows = np.flatnonzero(cells.length)
        reasons = {int(row): "its reference is too short" for row in rows[cells.length[rows] < REFERENCE_BYTES]}
        rows = rows[cells.length[rows] >= REFERENCE_BYTES]
        start = cells.start[rows]
        word = self.file.u32[start].astype(np.int64)
        size, kind = word & LENGTH_MASK, word >> 30
        rows, start, size, kind = (values[size > 0] for values in (rows, start, size, kind))
        is_inline = kind == INLINE
        parts = [(rows[is_inline], start[is_inline] + REFERENCE_BYTES, size[is_inline])]
        too_long = is_inline & (size > cells.length[rows] - REFERENCE_BYTES)
        reasons |= {int(row): "its length exceeds that of its row" for row in rows[too_long]}
        reasons |= {int(row): "its reference is of an unknown kind" for row in rows[kind > INLINE]}
        is_outside = kind < INLINE
        parts += self._follow(
            rows[is_outside],
            self.file.u32[start[is_outside] + 4].astype(np.int64),
            size[is_outside],
            kind[is_outside] == CHAIN,
            reasons,
        )
        row, offset, length = (np.concatenate(values) for values in zip(*parts, strict=True))
        is_good = ~np.isin(row, list(reasons))
        self.bytes_read[self.table] += int(length[is_good].sum())
        if sum(self.bytes_read.values()) > len(self.file.content):
            raise DamagedFile("expected long values that do not overlap, found more bytes than the file has")
        order = np.argsort(row[is_good], kind="stable")
        return Pieces(row[is_good][order], offset[is_good][order], length[is_good][order]), reasons

    def _follow(
        self, rows: Numbers, addresses: Numbers, missing: Numbers, in_chain: Numbers, reasons: dict[int, str]
    ) -> list[tuple[Numbers, Numbers, Numbers]]:
        """Return the parts in other records, one record of each value at a time; add to `reasons`."""
        parts = []
        while len(rows):
            start, length, problem = self._records(addresses)
            link = np.where(in_chain, 4, 0)
            size = np.minimum(length - link, missing)
            following = np.where(in_chain, self.file.u32[start], 0).astype(np.int64)
            missing = missing - size
            is_last = missing == 0
            problem = np.select(
                [
                    problem > 0,
                    size <= 0,
                    ~is_last & (following == 0),
                    in_chain & is_last & ((length - link > size) | (following != 0)),
                ],
                [problem, EMPTY, TOO_SHORT, TOO_LONG],
            )
            is_good = problem == 0
            reasons |= {int(row): REASONS[code] for row, code in zip(rows[~is_good], problem[~is_good], strict=True)}
            parts.append((rows[is_good], (start + link)[is_good], size[is_good]))
            goes_on = is_good & ~is_last
            rows, addresses, missing, in_chain = (v[goes_on] for v in (rows, following, missing, in_chain))
        return parts

    def _records(self, addresses: Numbers) -> tuple[Numbers, Numbers, Numbers]:
        """Return start and length of the records at these addresses, and the index of a reason, 0 for valid records."""
        file = self.file
        start, end, flags = resolve(file, addresses)
        page = addresses >> 8
        owner = file.u32[np.where(start > 0, page * file.layout.page_size + 4, 0)]
        conditions = [
            page >= file.page_count,
            start == 0,
            ~np.isin(owner, OWNERS),
            flags != 0,
            self._mark_used(addresses),
        ]
        problem = np.select(conditions, [OUTSIDE, NO_RECORD, OTHER_PAGE, DELETED, SHARED])
        return start, end - start, problem

    def _mark_used(self, addresses: Numbers) -> Numbers:
        """Mark the addresses as used; return a mask of those that were used before, array of bool."""
        is_used = np.empty(len(addresses), bool)
        for index, address in enumerate(addresses.tolist()):
            is_used[index] = address in self.used
            self.used.add(address)
        return is_used
