"""Jumps between two releases: years whose events, and tables of source files whose rows, have changed too much.

Small years hide that a file has lost half of its events; its tables as wholes do not.
"""

from collections.abc import Mapping
from math import sqrt

from pipeline.eras import era_of
from pipeline.postgres import Cursor

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
# One row per table of each source file, by the rows that the file holds, and one of all published events.
SIZES = """
select source_file, source_table, rows_in from row_conservation
union all
select %s, 'events', count(*) from events
"""
TOGETHER = "all files"

Row = tuple[str, str, str]
Counts = Mapping[tuple[str, int], int]
Sizes = Mapping[tuple[str, str], int]


def counts(cursor: Cursor) -> Counts:
    """{(label, year): events} of the release that the search_path finds."""
    cursor.execute(COUNTS)
    return {(label, year): events for label, year, events in cursor.fetchall()}


def sizes(cursor: Cursor) -> Sizes:
    """{(source file, its table): rows} of that release; weekly files are left out, they hold what a week brought."""
    cursor.execute(SIZES, (TOGETHER,))
    return {
        (file, table): rows
        for file, table, rows in cursor.fetchall()
        if file == TOGETHER or not era_of(file).is_weekly(file)
    }


def years(then: Counts, now: Counts, before: str) -> list[Row]:
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


def tables(then: Sizes, now: Sizes, before: str) -> list[Row]:
    """Tables that have lost all rows, or whose rows have changed by more than a fifth and four times the chance
    variation of a count. In a year, the current database grows by about a twentieth.
    """
    found = []
    for file, table in sorted(then.keys() | now.keys()):
        old, new = then.get((file, table), 0), now.get((file, table), 0)
        if abs(new - old) > max(4 * sqrt(old + 1), old / 5) or old > new == 0:
            found.append((table, file, f"{new} rows, {old} in release {before}"))
    return found
