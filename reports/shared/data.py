"""Inputs of a report: query results, metrics of the severity study, and the provenance shown in the footer."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from reports.shared.citation import Citation

# Where the queries of reports look for relations, in this order.
SCHEMAS = ("ntsb", "staging", "mart", "audit", "history", "code_mappings")
# Address of the Parquet files, relative to the pages of a store; a bundle has them in another folder.
PARQUET_FOLDER = "../../targets/store/parquet"
Record = dict[str, Any]
Records = Sequence[Record]


@dataclass(frozen=True)
class Query:
    """A query and its result. `rows` keep the order of the query; `sql` is the text that was executed."""

    name: str
    sql: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]

    @property
    def script(self) -> str:
        """Return the query with its search path, to be run in psql."""
        return f"set search_path = {', '.join(SCHEMAS)}, public;\n\n{self.sql.rstrip().removesuffix(';')};"

    @property
    def digest(self) -> str:
        """Return 12 hex digits of SHA-256 over the query and its result, which a number on a page is cited with."""
        content = json.dumps([self.sql, self.columns, self.rows], default=str)
        return hashlib.sha256(content.encode()).hexdigest()[:12]

    def records(self) -> list[Record]:
        """Return one dictionary per row, keyed by column name."""
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]


@dataclass(frozen=True)
class SourceFile:
    """One file of the snapshot: name of the source, and sha256 and size in bytes of its zip."""

    source: str
    sha256: str
    bytes: int | None = None


@dataclass(frozen=True)
class Era:
    """One NTSB database. `label` is its file name as NTSB writes it; `last_year` is None if it is still growing.

    `incomplete_year`: the year of the newest change in the files, whose events are not complete.
    """

    name: str
    label: str
    first_year: int
    last_year: int | None
    incomplete_year: int | None = None

    @property
    def years(self) -> str:
        """Return '1982-2007', or 'since 2008' if there is no last year."""
        return f"since {self.first_year}" if self.last_year is None else f"{self.first_year}-{self.last_year}"


Eras = Sequence[Era]


@dataclass(frozen=True)
class Context:
    """Provenance and settings of a page.

    `eras` are ordered from oldest to newest. `versions` ({library: version}) and `settings` are printed in the footer.
    `pages` are (file name, title) of all pages for the navigation, `file_name` is that of this one. `is_made_up`: the
    release contains made-up events.
    """

    release: str
    snapshot: str
    files: tuple[SourceFile, ...]
    fingerprint: str
    title: str
    eras: tuple[Era, ...]
    versions: Mapping[str, str] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    pages: tuple[tuple[str, str], ...] = ()
    is_made_up: bool = False
    file_name: str = ""
    citation: Citation = field(default_factory=lambda: Citation(""))

    @property
    def top_makes(self) -> int:
        """Return the number of aircraft makes shown by name; the others are summed."""
        return int(self.settings.get("top_makes", 20))

    @property
    def min_cell_count(self) -> int:
        """Return the minimum size of a group for which a share is shown."""
        return int(self.settings.get("min_cell_count", 5))

    @property
    def min_type_aircraft(self) -> int:
        """Return the minimum number of aircraft of a type that is shown."""
        name = "min_type_aircraft_made_up" if self.is_made_up else "min_type_aircraft"
        return int(self.settings.get(name, 100))


@dataclass(frozen=True)
class StudyRecord:
    """What describes the severity study beside its metrics.

    `cases`: explained events, as in explanation.json. `documents`: {file name: text} that the page links to.
    `meanings`: {feature: what it means}. `reads`: {feature: published columns, as table.column}. `history`: version,
    status and decisions, which depend on earlier runs.
    """

    cases: Records = ()
    documents: Mapping[str, str] = field(default_factory=dict)
    meanings: Mapping[str, str] = field(default_factory=dict)
    reads: Mapping[str, Sequence[str]] = field(default_factory=dict)
    history: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Inputs:
    """Data of a page: query results by name, and the severity study (metrics.json None if the page needs none)."""

    queries: Mapping[str, Query]
    study: Mapping[str, Any] | None = None
    record: StudyRecord = field(default_factory=StudyRecord)

    def records(self, name: str) -> list[Record]:
        """Return the rows of a query as dictionaries. Raises ValueError if the query was not run."""
        if name not in self.queries:
            raise ValueError(
                f"report inputs: expected a result of query '{name}', found {sorted(self.queries)}; "
                "run all of the report's queries/*.sql"
            )
        return self.queries[name].records()
