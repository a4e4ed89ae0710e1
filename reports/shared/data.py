"""What a report is given: answers of its queries, the study where there is one, and where all of it comes from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Record = dict[str, Any]


@dataclass(frozen=True)
class Query:
    """One query and its answer. `rows` are in the order the query gives them; `sql` is its text as it ran."""

    name: str
    sql: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]

    def records(self) -> list[Record]:
        """One dictionary per row."""
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]

    def column(self, name: str) -> list[Any]:
        """The values of one column, in order."""
        at = self.columns.index(name)
        return [row[at] for row in self.rows]


@dataclass(frozen=True)
class SourceFile:
    """One file of the snapshot: the source's name, and size and sha256 of its zip."""

    source: str
    sha256: str
    bytes: int | None = None


@dataclass(frozen=True)
class Context:
    """Where a page comes from: what its footer says.

    `versions` are libraries that decide what the page says, `knobs` the settings it was built with; both print sorted.
    `pages` are (file name, title) of every page of the set, for the navigation.
    """

    release: str
    snapshot: str
    files: tuple[SourceFile, ...]
    fingerprint: str
    title: str
    versions: Mapping[str, str] = field(default_factory=dict)
    knobs: Mapping[str, Any] = field(default_factory=dict)
    pages: tuple[tuple[str, str], ...] = ()

    @property
    def top_makes(self) -> int:
        """Makes shown by name, the rest together."""
        return int(self.knobs.get("top_makes", 20))

    @property
    def min_cell_count(self) -> int:
        """Groups smaller than this get no share."""
        return int(self.knobs.get("min_cell_count", 5))


@dataclass(frozen=True)
class Inputs:
    """What a page is built from: its queries by name, and the study as its JSON says it (None where none is needed)."""

    queries: Mapping[str, Query]
    study: Mapping[str, Any] | None = None

    def records(self, name: str) -> list[Record]:
        """The rows of a query; ValueError where it was not run."""
        if name not in self.queries:
            raise ValueError(
                f"query '{name}' is expected by the report, found: {sorted(self.queries)}; run all of its queries/*.sql"
            )
        return self.queries[name].records()
