"""The parts a page is put together from: tables, figures and headline numbers. Plain values; templates draw them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from reports.shared import formats

FIGURE = re.compile(r"[+-]?\d[\d,]*(\.\d+)?( (%|B|kB|MB|GB))?( \[.*\])?$")
# Cells of no more letters than this stay on one line: a date, a code, a name.
SHORT = 16


@dataclass(frozen=True)
class Table:
    """A table of text. `numeric` columns are flush right, `short` ones never broken; `foot` is a sum line or empty."""

    caption: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: frozenset[int] = frozenset()
    foot: tuple[str, ...] = ()
    short: frozenset[int] = frozenset()

    def style(self, at: int) -> str:
        """Style classes of a column."""
        return " ".join(name for name, members in (("n", self.numeric), ("s", self.short)) if at in members)


@dataclass(frozen=True)
class Figure:
    """A plotly figure as JSON. `summary` says in words what can be seen; `table` holds the same numbers."""

    name: str
    json: str
    summary: str
    table: Table
    height: int = 420


@dataclass(frozen=True)
class Headline:
    """One number in large type, with its words and the query it is from."""

    value: str
    words: str
    query: str


def table(caption: str, heads: Sequence[str], rows: Sequence[Sequence[Any]], foot: Sequence[Any] = ()) -> Table:
    """A Table of any values; columns that hold numbers only are set flush right."""
    numeric = frozenset(at for at in range(len(heads)) if rows and all(_is_figure(row[at]) for row in rows))
    cells = tuple(tuple(formats.plain(value) for value in row) for row in rows)
    short = frozenset(at for at in range(len(heads)) if all(len(row[at]) <= SHORT for row in cells))
    return Table(caption, tuple(heads), cells, numeric, tuple(formats.plain(value) for value in foot), short)


def _is_figure(value: Any) -> bool:
    """True for numbers, missing values and text that `formats` made of a number."""
    if isinstance(value, str):
        return value in (formats.UNKNOWN, formats.TOO_FEW) or bool(FIGURE.match(value))
    return value is None or (isinstance(value, int | float | Decimal) and not isinstance(value, bool))
