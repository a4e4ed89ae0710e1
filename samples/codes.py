"""Codes used by the samples with their meanings, from codes.csv."""

import csv
from functools import cache
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).parent


class Code(NamedTuple):
    """One code of one column; `ct_name` is the name of NTSB's code list, or empty."""

    table: str
    column: str
    ct_name: str
    code: str
    meaning: str


@cache
def codes() -> tuple[Code, ...]:
    """Return all codes in the order of codes.csv."""
    with (HERE / "codes.csv").open(encoding="utf-8", newline="") as file:
        rows = csv.reader(file)
        next(rows)
        return tuple(Code(*row) for row in rows)


@cache
def meanings() -> dict[tuple[str, str, str], str]:
    """Return {(table, column, code): meaning}."""
    return {(code.table, code.column, code.code): code.meaning for code in codes()}


def meaning(table: str, column: str, code: str) -> str:
    """Return the meaning of a code. Raises KeyError if codes.csv does not have it."""
    return meanings()[table, column, code]
