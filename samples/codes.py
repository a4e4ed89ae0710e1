"""Codes of the samples with their meanings, from codes.csv (facts of NTSB's coding, no prose)."""

import csv
from functools import cache
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).parent


class Code(NamedTuple):
    """One code of one column; `ct_name` names NTSB's set of codes, where it has one."""

    table: str
    column: str
    ct_name: str
    code: str
    meaning: str


@cache
def codes() -> tuple[Code, ...]:
    """All codes, by table, column and code."""
    with (HERE / "codes.csv").open(encoding="utf-8", newline="") as file:
        rows = csv.reader(file)
        next(rows)
        return tuple(Code(*row) for row in rows)


@cache
def meanings() -> dict[tuple[str, str, str], str]:
    """Meanings by table, column and code."""
    return {(code.table, code.column, code.code): code.meaning for code in codes()}


def meaning(table: str, column: str, code: str) -> str:
    """The short meaning of a code; KeyError where codes.csv lacks it."""
    return meanings()[table, column, code]
