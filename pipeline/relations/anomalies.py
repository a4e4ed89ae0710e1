"""Anomalies of a release: five kinds of checks over it, and what is new in it against the release before.

Each kind is a group of the audit's checks (sql/checks), run over the published relations; both releases are asked with
the checks of today. Jumps are looked for twice: between neighbouring years of one release, and between two releases.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt
from typing import Any

from pipeline.postgres import Cursor
from pipeline.relations import auditing, restoring
from pipeline.relations.auditing import Check

# One row per label and year: all events, those of a state, those of a severity.
COUNTS = """
select label, ev_year, count(*)
from events
cross join lateral (
    values
    ('all events'),
    (case when upper(btrim(ev_country)) = 'USA' then 'state ' || upper(nullif(btrim(ev_state), '')) end),
    ('severity ' || coalesce(nullif(btrim(ev_highest_injury), ''), 'not known'))
) as labels (label)
where ev_year is not null and label is not null
group by label, ev_year
"""
# Kind of anomaly: how the names of its checks begin.
KINDS = {
    "missing critical fields": "required_",
    "coordinate outliers": "coordinates_",
    "jumps in counts": "jumps",
    "referential integrity": "foreign_keys_",
    "duplicates": "duplicates_",
}
BETWEEN = "jumps_between_releases"

# What an earlier release listed, wherever its relations stand now.
LISTED = """
select format('create temporary view %%I as table %%I.%%I', listed.name, namespace.nspname, class.relname)
from audit.release_relation as listed
inner join pg_class as class on class.oid = listed.oid
inner join pg_namespace as namespace on namespace.oid = class.relnamespace
where listed.release = %s
order by listed.name
"""

Row = tuple[str, str, str]
Counts = Mapping[tuple[str, int], int]


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
    rows, counts = ask(cursor)
    if before is None:
        return [Finding(*about(kind, check), rows[check.name], rows[check.name]) for kind, check in checks()]
    earlier, counts_before = ask_before(cursor, before)
    found = []
    for kind, check in checks():
        known = {row[:2] for row in earlier[check.name]}
        new = tuple(row for row in rows[check.name] if row[:2] not in known)
        found.append(Finding(*about(kind, check), rows[check.name], new))
    moved = tuple(jumps(counts_before, counts, before))
    words = "no year has far more or far fewer events than in the release before, in all, by state, by severity"
    return [*found, Finding("jumps in counts", BETWEEN, words, 0, moved, moved)]


def ask_before(cursor: Cursor, before: str) -> tuple[dict[str, tuple[Row, ...]], Counts]:
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


def ask(cursor: Cursor) -> tuple[dict[str, tuple[Row, ...]], Counts]:
    """({check: offending rows in order}, {(label, year): events}) of the release that the search_path finds."""
    rows = {}
    for _, check in checks():
        cursor.execute(f"select relation, row_key, detail from ({check.query}) as offending")
        rows[check.name] = tuple(sorted(cursor.fetchall(), key=lambda row: [text or "" for text in row]))
    cursor.execute(COUNTS)
    return rows, {(label, year): events for label, year, events in cursor.fetchall()}


def jumps(then: Counts, now: Counts, before: str) -> list[Row]:
    """Years whose events have changed by more than a twentieth and four times the chance variation of a count.

    The newest year of the release before was not over: that it and later ones grow is no jump.
    """
    newest = max((year for _, year in then), default=0)
    found = []
    for label, year in sorted(then.keys() | now.keys()):
        old, new = then.get((label, year), 0), now.get((label, year), 0)
        is_far = abs(new - old) > max(4 * sqrt(old + 1), old / 20)
        if is_far and not (new > old and year >= newest):
            found.append(("events", f"{label} {year}", f"{new} events, {old} in release {before}"))
    return found
