"""Components of a page: tables, charts and headline numbers. Plain values; the templates render them."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from reports.shared import formats, receipts
from reports.shared.data import Query, Records
from reports.shared.receipts import Conditions, Number

NUMBER = re.compile(r"[+-]?\d[\d,]*(\.\d+)?( (%|B|kB|MB|GB))?( \[.*\])?$")
# Columns whose cells have at most this many characters (dates, codes, names) are not wrapped.
MAX_UNWRAPPED_CHARS = 16


@dataclass(frozen=True)
class Table:
    """A table of text cells. `numeric` columns are right-aligned, `short` ones not wrapped; `foot` is a total row.

    `link`: the first cell of a row is a link to this address and the cell.
    """

    caption: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: frozenset[int] = frozenset()
    foot: tuple[str, ...] = ()
    short: frozenset[int] = frozenset()
    link: str = ""

    def css_class(self, column: int) -> str:
        """Return the CSS classes of the cells of a column (0-based): n numeric, s short, i with intervals."""
        intervals = {column} if any(" [" in row[column] for row in self.rows) else set()
        classes = (("n", self.numeric), ("s", self.short), ("i", self.numeric & intervals))
        return " ".join(name for name, columns in classes if column in columns)


@dataclass(frozen=True)
class Chart:
    """A picture as SVG. `summary` is its text alternative; `table` holds the plotted numbers."""

    name: str
    svg: str
    summary: str
    table: Table


@dataclass(frozen=True)
class Headline:
    """One number in large type, with its label and where it comes from, as in receipts.Number."""

    value: str
    label: str
    query: str
    column: str = ""
    where: Conditions = ()

    @property
    def numbers(self) -> tuple[Number]:
        """Return the number with its receipt."""
        return (Number(self.value, self.query, self.column, self.where),)


def headline(queries: Mapping[str, Query], label: str, query: str, column: str, where: Conditions = ()) -> Headline:
    """Return a headline with the value that the query gives."""
    return Headline(receipts.evaluate(queries[query], column, where), label, query, column, where)


def table(caption: str, heads: Sequence[str], rows: Sequence[Sequence[Any]], foot: Sequence[Any] = ()) -> Table:
    """Return a Table of formatted cells; columns that contain only numbers are right-aligned."""
    columns = range(len(heads))
    numeric = frozenset(column for column in columns if rows and all(_is_numeric(row[column]) for row in rows))
    cells = tuple(tuple(formats.plain(value) for value in row) for row in rows)
    short = frozenset(column for column in columns if all(len(row[column]) <= MAX_UNWRAPPED_CHARS for row in cells))
    return Table(caption, tuple(heads), cells, numeric, tuple(formats.plain(value) for value in foot), short)


def record_table(
    caption: str, heads: Sequence[str], columns: Sequence[str], totals: Collection[str], records: Records
) -> Table:
    """Return a Table of the named columns, one row per record; if there are any, columns in `totals` are summed."""
    foot = ["All", *(total(records, name) if name in totals else "" for name in columns[1:])]
    cells = [[record[name] for name in columns] for record in records]
    return table(caption, heads, cells, foot if totals and records else ())


def total(records: Records, column: str) -> int:
    """Return the sum of a column of counts; None counts as 0."""
    return int(sum(record[column] or 0 for record in records))


def _is_numeric(value: Any) -> bool:
    """Return True for numbers, missing values, and text that `formats` made from a number."""
    if isinstance(value, str):
        return value in (formats.UNKNOWN, formats.TOO_FEW) or bool(NUMBER.match(value))
    return value is None or (isinstance(value, int | float | Decimal) and not isinstance(value, bool))
