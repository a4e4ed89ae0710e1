"""Anomalies of a release: five kinds of checks over it, and what is new in it against the release before.

Each kind is a group of the audit's checks (sql/checks), run over the published relations; both releases are asked with
the checks of today. Jumps are looked for between neighbouring years of one release, and between two releases: in events
by year, and in the rows of every table of every source file.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from pipeline.postgres import Cursor
from pipeline.relations import auditing, jumping, restoring
from pipeline.relations.auditing import Check
from pipeline.relations.jumping import Counts, Row, Sizes

# Kind of anomaly: how the names of its checks begin.
KINDS = {
    "missing critical fields": "required_",
    "coordinate outliers": "coordinates_",
    "jumps in counts": "jumps",
    "referential integrity": "foreign_keys_",
    "duplicates": "duplicates_",
}
BETWEEN = "jumps_between_releases"
SIZED = "jumps_in_rows_between_releases"

# What an earlier release listed, wherever its relations stand now.
LISTED = """
select format('create temporary view %%I as table %%I.%%I', listed.name, namespace.nspname, class.relname)
from audit.release_relation as listed
inner join pg_class as class on class.oid = listed.oid
inner join pg_namespace as namespace on namespace.oid = class.relnamespace
where listed.release = %s
order by listed.name
"""


class Answers(NamedTuple):
    """What one release answers: {check: offending rows in order}, {(label, year): events}, {(file, table): rows}."""

    rows: Mapping[str, tuple[Row, ...]]
    counts: Counts
    sizes: Sizes


@dataclass(frozen=True)
class Finding:
    """What one check finds: rows as (relation, row_key, detail), and those that the release before did not have."""

    kind: str
    check: str
    description: str
    allowed: int
    rows: tuple[Row, ...]
    new: tuple[Row, ...]

    @property
    def is_anomalous(self) -> bool:
        """True where more rows offend than the check allows."""
        return len(self.rows) > self.allowed

    def as_json(self) -> dict[str, Any]:
        """The finding with all its rows."""
        rows = [
            dict(zip(("relation", "row_key", "detail"), row, strict=True)) | {"new": row in self.new}
            for row in self.rows
        ]
        facts = {"kind": self.kind, "check": self.check, "description": self.description, "allowed": self.allowed}
        return facts | {"found": len(self.rows), "new": len(self.new), "rows": rows}


def checks() -> list[tuple[str, Check]]:
    """(kind, check) of every check of the five kinds, in order of kind and name."""
    every = [auditing.read(path) for path in auditing.files()]
    return [(kind, check) for kind, start in KINDS.items() for check in every if check.name.startswith(start)]


def look(cursor: Cursor, before: str | None) -> list[Finding]:
    """Every finding over the current release; without a release before it, all of them are new."""
    now = ask(cursor)
    if before is None:
        return [Finding(*about(kind, check), now.rows[check.name], now.rows[check.name]) for kind, check in checks()]
    then = ask_before(cursor, before)
    found = []
    for kind, check in checks():
        known = {row[:2] for row in then.rows[check.name]}
        new = tuple(row for row in now.rows[check.name] if row[:2] not in known)
        found.append(Finding(*about(kind, check), now.rows[check.name], new))
    return [*found, *between(then, now, before)]


def between(then: Answers, now: Answers, before: str) -> list[Finding]:
    """What only two releases side by side can show; all of it is new."""
    kind = "jumps in counts"
    years = tuple(jumping.years(then.counts, now.counts, before))
    rows = tuple(jumping.tables(then.sizes, now.sizes, before))
    of_years = "no year has far more or far fewer events than in the release before, in all, by state, by severity"
    of_rows = "no table of a source file has far more or far fewer rows than in the release before, nor have all events"
    return [Finding(kind, BETWEEN, of_years, 0, years, years), Finding(kind, SIZED, of_rows, 0, rows, rows)]


def ask_before(cursor: Cursor, before: str) -> Answers:
    """The same of an earlier release. Tables that it shares are led back to it for the look, and that is undone."""
    cursor.execute("savepoint as_it_is")
    restoring.lead_back(cursor, before)
    cursor.execute(LISTED, (before,))
    for (statement,) in cursor.fetchall():
        cursor.execute(statement)
    found = ask(cursor)
    cursor.execute("rollback to savepoint as_it_is")
    return found


def about(kind: str, check: Check) -> tuple[str, str, str, int]:
    """What a finding says of its check."""
    return kind, check.name, check.description, check.allowed


def ask(cursor: Cursor) -> Answers:
    """The answers of the release that the search_path finds."""
    rows = {}
    for _, check in checks():
        cursor.execute(f"select relation, row_key, detail from ({check.query}) as offending")
        rows[check.name] = tuple(sorted(cursor.fetchall(), key=lambda row: [text or "" for text in row]))
    return Answers(rows, jumping.counts(cursor), jumping.sizes(cursor))
