"""Receipts: query, column and rows that a number on a page comes from. Rendering fails if they give another one."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from reports.shared import formats
from reports.shared.data import Query

Conditions = tuple[tuple[str, Any], ...]
# The metrics of the study, which page severity.html prints in full.
STUDY = "study"


@dataclass(frozen=True)
class Number:
    """A number as text, and the query of which it is the sum of a column over the rows that meet all conditions.

    A condition is a column and its value. Without a column, only the query is known: the number is computed from it.
    """

    value: str
    query: str
    column: str = ""
    where: Conditions = ()

    @property
    def conditions(self) -> str:
        """Return the conditions as JSON."""
        return json.dumps(dict(self.where), default=str)


def number(queries: Mapping[str, Query], query: str, column: str, where: Conditions = ()) -> Number:
    """Return a Number with the value that the query gives."""
    return Number(evaluate(queries[query], column, where), query, column, where)


def evaluate(query: Query, column: str, where: Conditions = ()) -> str:
    """Return the sum of a column over the rows that meet the conditions, as text; a date is returned as it is.

    'unknown' without rows and conditions, and where no value is known.
    """
    rows = [row for row in query.records() if all(row[name] == value for name, value in where)]
    values = [row[column] for row in rows if row[column] is not None]
    if not values:
        return "0" if where and not rows else formats.UNKNOWN
    if isinstance(values[0], date):
        return str(max(values))
    return formats.plain(sum(values, start=Decimal(0) if isinstance(values[0], Decimal) else 0))


def check(components: Mapping[str, Any], queries: Mapping[str, Query]) -> None:
    """Raise ValueError that lists every number whose query is not on the page, or gives another number."""
    problems = []
    for item in numbers(list(components.values())):
        if item.query not in queries:
            if item.query != STUDY:
                problems.append(f"number {item.value}: expected a query of the page, found {item.query}")
        elif item.column and (actual := evaluate(queries[item.query], item.column, item.where)) != item.value:
            source = f"column {item.column} of query {item.query}"
            problems.append(f"{source}: expected the number {item.value}, found {actual}")
    if problems:
        raise ValueError("; ".join(problems) + "; make numbers with receipts.number")


def numbers(value: Any) -> Iterator[Number]:
    """Yield every Number in a component of a page."""
    if isinstance(value, Number):
        yield value
    elif isinstance(value, list | tuple):
        for item in value:
            yield from numbers(item)
    elif hasattr(value, "numbers"):
        yield from numbers(value.numbers)
