"""Plants defects into clean rows, each in a separate event, and records them for the manifest."""

from collections.abc import Callable, Sequence
from typing import Any

from samples.sampler import Sampler

Row = dict[str, Any]
Tables = dict[str, list[Row]]
KEYS = ("ev_id", "RecNum", "Aircraft_Key", "crew_no", "ID", "finding_no", "eng_no", "Occurrence_No")


class Defects:
    """Plants defects; `planted` is {kind: table, count and keys of the defective rows}.

    Events in `excluded` and events that already have a defect are not modified, so that no defect hides another.
    """

    def __init__(self, sampler: Sampler, tables: Tables, excluded: set[str]) -> None:
        self.sampler, self.tables = sampler, tables
        self.used: set[Any] = set(excluded)
        self.planted: dict[str, dict[str, Any]] = {}

    def rows(self, table: str, count: int, where: Callable[[Row], bool] | None = None) -> list[Row]:
        """Return the rows of `count` random events without a defect. Raises ValueError if there are too few."""
        clean: dict[Any, Row] = {}
        for row in self.tables[table]:
            if event_key(row) not in self.used and (where is None or where(row)):
                clean.setdefault(event_key(row), row)
        if len(clean) < count:
            raise ValueError(f"{table}: expected {count} events without a defect, found {len(clean)}; draw more events")
        chosen = self.sampler.subset(list(clean), count)
        self.used.update(chosen)
        return [clean[name] for name in chosen]

    def record(self, kind: str, table: str, rows: Sequence[Row]) -> None:
        """Add rows to `planted`."""
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
        """Overwrite values of `count` random rows."""
        rows = self.rows(table, count, where)
        for row in rows:
            row.update(values(row))
        self.record(kind, table, rows)

    def set_column(self, kind: str, table: str, column: str, values: Sequence[Any], count: int = 1) -> None:
        """Overwrite a column of `count` random rows with random elements of `values`."""
        self.modify(kind, table, lambda row: {column: self.sampler.choice(values)}, count)

    def append_copies(self, kind: str, table: str, alter: Callable[[int, Row], Row], count: int = 1) -> None:
        """Append altered copies of `count` random rows."""
        copies = [row | alter(number, row) for number, row in enumerate(self.rows(table, count))]
        self.tables[table].extend(copies)
        self.record(kind, table, copies)


def event_key(row: Row) -> Any:
    """Return the key of the event (or PRE1982 record) of a row."""
    return row["ev_id"] if "ev_id" in row else row["RecNum"]
