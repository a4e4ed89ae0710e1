"""Plants defects into clean rows, each on an event of its own, and keeps the account that becomes the manifest."""

from collections.abc import Callable, Sequence
from typing import Any

from samples.sampler import Sampler

Row = dict[str, Any]
Tables = dict[str, list[Row]]
KEYS = ("ev_id", "RecNum", "Aircraft_Key", "crew_no", "ID", "finding_no", "eng_no", "Occurrence_No")


class Defects:
    """`account` maps kinds of defects to table, count and keys of the rows that bear them.

    Events in `excluded`, and events that already bear a defect, are left alone, so that no defect hides another.
    """

    def __init__(self, sampler: Sampler, tables: Tables, excluded: set[str]) -> None:
        self.sampler, self.tables = sampler, tables
        self.used: set[Any] = set(excluded)
        self.planted: dict[str, dict[str, Any]] = {}

    def rows(self, table: str, count: int, where: Callable[[Row], bool] | None = None) -> list[Row]:
        """Rows of `count` events that nothing was done to so far; ValueError where there are too few."""
        free: dict[Any, Row] = {}
        for row in self.tables[table]:
            if owner(row) not in self.used and (where is None or where(row)):
                free.setdefault(owner(row), row)
        if len(free) < count:
            raise ValueError(f"{table}: {count} clean rows wanted, {len(free)} left; make more events or fewer defects")
        chosen = self.sampler.subset(list(free), count)
        self.used.update(chosen)
        return [free[name] for name in chosen]

    def record(self, kind: str, table: str, rows: Sequence[Row]) -> None:
        """Enters rows into the account."""
        keys = [" ".join(str(row[name]) for name in KEYS if name in row) for row in rows]
        self.planted[kind] = {"table": table, "count": len(rows), "keys": keys, "keys_listed": len(keys)}

    def modify(
        self,
        kind: str,
        table: str,
        values: Callable[[Row], Row],
        count: int = 1,
        where: Callable[[Row], bool] | None = None,
    ) -> None:
        """Overwrites values of rows."""
        rows = self.rows(table, count, where)
        for row in rows:
            row.update(values(row))
        self.record(kind, table, rows)

    def set_column(self, kind: str, table: str, column: str, values: Sequence[Any], count: int = 1) -> None:
        """Overwrites one column with draws from `values`."""
        self.modify(kind, table, lambda row: {column: self.sampler.choice(values)}, count)

    def append_copies(self, kind: str, table: str, alter: Callable[[int, Row], Row], count: int = 1) -> None:
        """Appends altered copies of rows."""
        copies = [row | alter(number, row) for number, row in enumerate(self.rows(table, count))]
        self.tables[table].extend(copies)
        self.record(kind, table, copies)


def owner(row: Row) -> Any:
    """The event (or PRE1982 record) that a row belongs to."""
    return row["ev_id"] if "ev_id" in row else row["RecNum"]
