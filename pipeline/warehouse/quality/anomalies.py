"""Anomalies of a release: offending rows of five kinds of checks, and which of them the release before did not have.

Both releases are checked with the present checks, over their published relations. Jumps in counts are looked for
between neighboring years of one release (by a check) and between two releases: in events by year, and in rows by table
of each source file, because a year with few events does not show that a file has lost half of its rows.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import sqrt
from typing import Any, NamedTuple

from psycopg2 import sql

from pipeline.postgres.connection import Cursor
from pipeline.sources import era_of
from pipeline.warehouse.quality import generated_checks
from pipeline.warehouse.quality.checks import Check

Row = tuple[str, str, str]
EventCounts = Mapping[tuple[str, int], int]
RowCounts = Mapping[tuple[str, str], int]
# Brings the rows of shared tables back to those of a kept release, in a transaction that is rolled back.
Restore = Callable[[Cursor, str], None]

# {kind of anomaly: prefix of the names of its checks}
KINDS = {
    "missing critical fields": "required_",
    "coordinate outliers": "coordinates_",
    "jumps in counts": "jumps",
    "referential integrity": "foreign_keys_",
    "duplicates": "duplicates_",
}
EVENT_JUMPS = "jumps_between_releases"
ROW_JUMPS = "jumps_in_rows_between_releases"

# Temporary views of an earlier release's relations, whatever schema they are in now.
RELEASE_VIEWS = """
select format('create temporary view %%I as table %%I.%%I', listed.name, namespace.nspname, class.relname)
from audit.release_relation as listed
inner join pg_class as class on class.oid = listed.oid
inner join pg_namespace as namespace on namespace.oid = class.relnamespace
where listed.release = %s
order by listed.name
"""

# One row per label and year: all events, those of a state, those of a severity.
EVENT_COUNTS = """
select label, ev_year, count(*)
from events
cross join lateral (
    values
    ('all events'),
    (case when convert.to_code(ev_country) = 'USA' then 'state ' || nullif(convert.to_code(ev_state), '') end),
    ('severity ' || coalesce(nullif(convert.to_code(ev_highest_injury), ''), 'not known'))
) as labels (label)
where ev_year is not null and label is not null
group by label, ev_year
"""

# One row per table of each source file, with its rows in the file, and one row with the number of published events.
ROW_COUNTS = """
select source_file, source_table, rows_in from row_conservation
union all
select %s, 'events', count(*) from events
"""
ALL_FILES = "all files"


class ReleaseCounts(NamedTuple):
    """Counts of one release.

    `rows`: {check: offending rows, sorted}; `counts`: {(label, year): events}; `sizes`: {(file, table): rows}.
    """

    rows: Mapping[str, tuple[Row, ...]]
    counts: EventCounts
    sizes: RowCounts


@dataclass(frozen=True)
class Anomaly:
    """Offending rows of one check, as (relation, row_key, detail), and those that the release before did not have."""

    kind: str
    check: str
    description: str
    allowed: int
    rows: tuple[Row, ...]
    new: tuple[Row, ...]

    @property
    def is_anomalous(self) -> bool:
        """Return True if more rows offend than the check allows."""
        return len(self.rows) > self.allowed

    def as_json(self) -> dict[str, Any]:
        """Return the anomaly as a JSON-compatible dict; each row has relation, row_key, detail and new."""
        rows = [
            dict(zip(("relation", "row_key", "detail"), row, strict=True)) | {"new": row in self.new}
            for row in self.rows
        ]
        check = {"kind": self.kind, "check": self.check, "description": self.description, "allowed": self.allowed}
        return check | {"found": len(self.rows), "new": len(self.new), "rows": rows}


def anomaly_checks(cursor: Cursor) -> list[tuple[str, Check]]:
    """Return (kind, check) of every check of the five kinds, in order of kind and name."""
    every = generated_checks.all_checks(cursor)
    return [(kind, check) for kind, prefix in KINDS.items() for check in every if check.name.startswith(prefix)]


def find_anomalies(cursor: Cursor, before: str | None, restore: Restore) -> list[Anomaly]:
    """Return the result of every check over the current release, then the jumps in counts since release `before`.

    If `before` is None, all offending rows are new and there are no jumps.
    """
    now = query_release(cursor)
    if before is None:
        return [
            Anomaly(*describe_check(kind, check), now.rows[check.name], now.rows[check.name])
            for kind, check in anomaly_checks(cursor)
        ]
    earlier = query_earlier_release(cursor, before, restore)
    anomalies = []
    for kind, check in anomaly_checks(cursor):
        known = {row[:2] for row in earlier.rows[check.name]}
        new = tuple(row for row in now.rows[check.name] if row[:2] not in known)
        anomalies.append(Anomaly(*describe_check(kind, check), now.rows[check.name], new))
    return [*anomalies, *compare_releases(earlier, now, before)]


def compare_releases(earlier: ReleaseCounts, now: ReleaseCounts, before: str) -> list[Anomaly]:
    """Return two anomalies, jumps in events and jumps in rows, between release `before` and the current one."""
    kind = "jumps in counts"
    years = tuple(find_event_jumps(earlier.counts, now.counts, before))
    rows = tuple(find_row_jumps(earlier.sizes, now.sizes, before))
    of_years = "no year has far more or far fewer events than in the release before, in all, by state, by severity"
    of_rows = "no table of a source file has far more or far fewer rows than in the release before, nor have all events"
    return [Anomaly(kind, EVENT_JUMPS, of_years, 0, years, years), Anomaly(kind, ROW_JUMPS, of_rows, 0, rows, rows)]


def query_earlier_release(cursor: Cursor, before: str, restore: Restore) -> ReleaseCounts:
    """Return the counts of an earlier release, whose shared tables are restored up to a rollback to a savepoint."""
    cursor.execute("savepoint before_restore")
    restore(cursor, before)
    cursor.execute(RELEASE_VIEWS, (before,))
    for (statement,) in cursor.fetchall():
        cursor.execute(statement)
    counts = query_release(cursor)
    cursor.execute("rollback to savepoint before_restore")
    return counts


def describe_check(kind: str, check: Check) -> tuple[str, str, str, int]:
    """Return the first four fields of an Anomaly: kind, name of the check, description, and number of allowed rows."""
    return kind, check.name, check.description, check.allowed


def query_release(cursor: Cursor) -> ReleaseCounts:
    """Return the counts of the release that the search_path finds."""
    rows = {}
    for _, check in anomaly_checks(cursor):
        cursor.execute(sql.SQL("select relation, row_key, detail from ({}) as offending").format(check.query))
        rows[check.name] = tuple(sorted(cursor.fetchall(), key=lambda row: [text or "" for text in row]))
    return ReleaseCounts(rows, count_events(cursor), count_rows(cursor))


def count_events(cursor: Cursor) -> EventCounts:
    """Return {(label, year): events}; a label is all events, a state or a severity."""
    cursor.execute(EVENT_COUNTS)
    return {(label, year): events for label, year, events in cursor.fetchall()}


def count_rows(cursor: Cursor) -> RowCounts:
    """Return {(source file, table): rows} without weekly files, whose sizes vary from week to week."""
    cursor.execute(ROW_COUNTS, (ALL_FILES,))
    return {
        (file, table): rows
        for file, table, rows in cursor.fetchall()
        if file == ALL_FILES or not era_of(file).is_weekly(file)
    }


def find_event_jumps(earlier: EventCounts, now: EventCounts, before: str) -> list[Row]:
    """Return (relation, row_key, detail) of each year, with its label, whose number of events has changed greatly.

    That is by more than 5% and by more than four standard deviations of a Poisson count. Increases in the last year of
    the earlier release, which was incomplete, and in later years are not jumps.
    """
    last = max((year for _, year in earlier), default=0)
    jumps = []
    for label, year in sorted(earlier.keys() | now.keys()):
        old, new = earlier.get((label, year), 0), now.get((label, year), 0)
        is_jump = abs(new - old) > max(4 * sqrt(old + 1), old / 20)
        if is_jump and not (new > old and year >= last):
            jumps.append(("events", f"{label} {year}", f"{new} events, {old} in release {before}"))
    return jumps


def find_row_jumps(earlier: RowCounts, now: RowCounts, before: str) -> list[Row]:
    """Return (table, file, detail) of each table that has lost all rows or whose number of rows has changed greatly.

    That is by more than 20% and by more than four standard deviations of a Poisson count. The current database grows by
    about 5% a year.
    """
    jumps = []
    for file, table in sorted(earlier.keys() | now.keys()):
        old, new = earlier.get((file, table), 0), now.get((file, table), 0)
        if abs(new - old) > max(4 * sqrt(old + 1), old / 5) or old > new == 0:
            jumps.append((table, file, f"{new} rows, {old} in release {before}"))
    return jumps
