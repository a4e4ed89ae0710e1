"""Anomalies of a release: five kinds of checks over it, and what is new in it against the release before.

Each kind is a group of the audit's checks (sql/checks), run over the published relations; both releases are asked with
the checks of today. Jumps are looked for between neighbouring years of one release, and between two releases: in events
by year, and in the rows of every table of every source file.

Jumps between two releases: years whose events, and tables of source files whose rows, have changed too much.

Small years hide that a file has lost half of its events; its tables as wholes do not.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import sqrt
from typing import Any, NamedTuple

from pipeline.postgres.connection import Cursor
from pipeline.sources import era_of
from pipeline.warehouse.quality import checks
from pipeline.warehouse.quality.checks import Check

Row = tuple[str, str, str]
EventCounts = Mapping[tuple[str, int], int]
RowCounts = Mapping[tuple[str, str], int]
# Brings the rows of shared tables back to those of a kept release, in a transaction that is rolled back.
Restore = Callable[[Cursor, str], None]

# Kind of anomaly: how the names of its checks begin.
KINDS = {
    "missing critical fields": "required_",
    "coordinate outliers": "coordinates_",
    "jumps in counts": "jumps",
    "referential integrity": "foreign_keys_",
    "duplicates": "duplicates_",
}
EVENT_JUMPS = "jumps_between_releases"
ROW_JUMPS = "jumps_in_rows_between_releases"

# What an earlier release listed, wherever its relations stand now.
RELEASE_VIEWS = """
select format('create temporary view %%I as table %%I.%%I', listed.name, namespace.nspname, class.relname)
from audit.release_relation as listed
inner join pg_class as class on class.oid = listed.oid
inner join pg_namespace as namespace on namespace.oid = class.relnamespace
where listed.release = %s
order by listed.name
"""


class ReleaseCounts(NamedTuple):
    """What one release answers: {check: offending rows in order}, {(label, year): events}, {(file, table): rows}."""

    rows: Mapping[str, tuple[Row, ...]]
    counts: EventCounts
    sizes: RowCounts


@dataclass(frozen=True)
class Anomaly:
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


def anomaly_checks() -> list[tuple[str, Check]]:
    """(kind, check) of every check of the five kinds, in order of kind and name."""
    every = [checks.read_check(path) for path in checks.files()]
    return [(kind, check) for kind, start in KINDS.items() for check in every if check.name.startswith(start)]


def find_anomalies(cursor: Cursor, before: str | None, restore: Restore) -> list[Anomaly]:
    """Every finding over the current release; without a release before it, all of them are new."""
    now = query_release(cursor)
    if before is None:
        return [
            Anomaly(*describe_check(kind, check), now.rows[check.name], now.rows[check.name])
            for kind, check in anomaly_checks()
        ]
    then = query_earlier_release(cursor, before, restore)
    found = []
    for kind, check in anomaly_checks():
        known = {row[:2] for row in then.rows[check.name]}
        new = tuple(row for row in now.rows[check.name] if row[:2] not in known)
        found.append(Anomaly(*describe_check(kind, check), now.rows[check.name], new))
    return [*found, *compare_releases(then, now, before)]


def compare_releases(then: ReleaseCounts, now: ReleaseCounts, before: str) -> list[Anomaly]:
    """What only two releases side by side can show; all of it is new."""
    kind = "jumps in counts"
    years = tuple(find_event_jumps(then.counts, now.counts, before))
    rows = tuple(find_row_jumps(then.sizes, now.sizes, before))
    of_years = "no year has far more or far fewer events than in the release before, in all, by state, by severity"
    of_rows = "no table of a source file has far more or far fewer rows than in the release before, nor have all events"
    return [Anomaly(kind, EVENT_JUMPS, of_years, 0, years, years), Anomaly(kind, ROW_JUMPS, of_rows, 0, rows, rows)]


def query_earlier_release(cursor: Cursor, before: str, restore: Restore) -> ReleaseCounts:
    """The same of an earlier release. Tables that it shares are led back to it for the look, and that is undone."""
    cursor.execute("savepoint as_it_is")
    restore(cursor, before)
    cursor.execute(RELEASE_VIEWS, (before,))
    for (statement,) in cursor.fetchall():
        cursor.execute(statement)
    found = query_release(cursor)
    cursor.execute("rollback to savepoint as_it_is")
    return found


def describe_check(kind: str, check: Check) -> tuple[str, str, str, int]:
    """What a finding says of its check."""
    return kind, check.name, check.description, check.allowed


def query_release(cursor: Cursor) -> ReleaseCounts:
    """The answers of the release that the search_path finds."""
    rows = {}
    for _, check in anomaly_checks():
        cursor.execute(f"select relation, row_key, detail from ({check.query}) as offending")
        rows[check.name] = tuple(sorted(cursor.fetchall(), key=lambda row: [text or "" for text in row]))
    return ReleaseCounts(rows, count_events(cursor), count_rows(cursor))


# One row per label and year: all events, those of a state, those of a severity.
EVENT_COUNTS = """
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
# One row per table of each source file, by the rows that the file holds, and one of all published events.
ROW_COUNTS = """
select source_file, source_table, rows_in from row_conservation
union all
select %s, 'events', count(*) from events
"""
ALL_FILES = "all files"


def count_events(cursor: Cursor) -> EventCounts:
    """{(label, year): events} of the release that the search_path finds."""
    cursor.execute(EVENT_COUNTS)
    return {(label, year): events for label, year, events in cursor.fetchall()}


def count_rows(cursor: Cursor) -> RowCounts:
    """{(source file, its table): rows} of that release; weekly files are left out, they hold what a week brought."""
    cursor.execute(ROW_COUNTS, (ALL_FILES,))
    return {
        (file, table): rows
        for file, table, rows in cursor.fetchall()
        if file == ALL_FILES or not era_of(file).is_weekly(file)
    }


def find_event_jumps(then: EventCounts, now: EventCounts, before: str) -> list[Row]:
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


def find_row_jumps(then: RowCounts, now: RowCounts, before: str) -> list[Row]:
    """Tables that have lost all rows, or whose rows have changed by more than a fifth and four times the chance
    variation of a count. In a year, the current database grows by about a twentieth.
    """
    found = []
    for file, table in sorted(then.keys() | now.keys()):
        old, new = then.get((file, table), 0), now.get((file, table), 0)
        if abs(new - old) > max(4 * sqrt(old + 1), old / 5) or old > new == 0:
            found.append((table, file, f"{new} rows, {old} in release {before}"))
    return found
