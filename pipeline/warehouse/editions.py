"""Editions: which copy of an event is published where several files of a snapshot contain it.

The copy with the newest `lchg_date` wins; of copies with the same date, or without one, that of an Access file, which
is more complete than the Enterprise API, then that of the later file in the snapshot. An event is withdrawn if all
files that contain it are older than a database that covers its era and lacks it. A file is as old as the newest
plausible `lchg_date` of its events. See docs/explanation/editions.md.

This needs only the ids and dates of events: one narrow table over all files.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from psycopg2.sql import SQL, Composable, Identifier, Literal

from pipeline.ingest import change_dates
from pipeline.postgres.connection import Cursor, fetch_value, relation_exists
from pipeline.sources import era_of
from pipeline.warehouse.raw_names import typed_schema

# One row per event and file that contains it. `database_era`: the era of which the file is a database, NULL for a
# weekly file. `is_valid`: false for an event in quarantine, which the file contains, but which cannot be published.
CREATE_COPIES = """
create temporary table event_copy (
    ev_id text, lchg_date timestamp, era text, source_file text, position integer, database_era text, is_valid boolean
) on commit drop
"""
INSERT_COPIES = """
insert into event_copy
select ev_id, lchg_date, {era}, %(source)s, %(position)s, %(database_era)s, true
from {events} as typed
"""
INSERT_QUARANTINED = """
insert into event_copy
select btrim(raw ->> 'ev_id'), null, {era}, %(source)s, %(position)s, %(database_era)s, false
from {quarantine} cross join lateral (select convert.to_date(raw ->> 'ev_date') as ev_date) as typed
where lower(source_table) = 'events' and raw ->> 'ev_id' <> ''
"""
CHANGES = """
select max(lchg_date)::text, count(*) from {events} where lchg_date is not null group by lchg_date::date
"""
# An event after its own change is a mistake.
EVENT_DAYS = "select distinct ev_date::text from {events} where ev_date <= coalesce(lchg_date, ev_date)"
CREATE_LATEST = """
create temporary table latest_edition on commit drop as
with files as (
    select source_file, database_era, coalesce(newest, '-infinity') as newest
    from unnest(%(sources)s::text [], %(eras)s::text [], %(newest)s::timestamp []) as file (
        source_file, database_era, newest
    )
),

databases as (
    select database_era as era, max(newest) as newest
    from files
    where database_era is not null
    group by database_era
),

copies as (
    select
        event_copy.*,
        -- A later date is not plausible.
        case when event_copy.lchg_date > files.newest then files.newest else event_copy.lchg_date end as change_date,
        bool_or(databases.era is null or files.newest >= databases.newest)
            over (partition by event_copy.ev_id) as is_current
    from event_copy
    inner join files using (source_file)
    left join databases on databases.era = event_copy.era
)

select distinct on (ev_id) ev_id, source_file, era
from copies
where is_valid and is_current
order by ev_id, change_date desc nulls last, position desc
"""

WITHOUT_NEWER_EVENTS = """
select
    source_file,
    concat_ws(
        ', ',
        case when events_superseded > 0 then format('newer files contain its %s events', events_superseded) end,
        case when events_withdrawn > 0 then format('a newer database lacks %s of its events', events_withdrawn) end,
        case when events = 0 then 'it has no events' end
    )
from audit.source_edition
where events_published = 0
order by newest_change nulls first, source_file collate "C"
"""


def create_latest(cursor: Cursor, sources: Sequence[str]) -> None:
    """Create the temporary table latest_edition: one row per event to publish, with its file and era.

    `sources`: the files of a snapshot that have events, in its order. The table is dropped with the transaction.
    """
    cursor.execute("drop table if exists pg_temp.latest_edition, pg_temp.event_copy")
    cursor.execute(CREATE_COPIES)
    for position, source in enumerate(sorted(sources, key=lambda source: not era_of(source).is_api)):
        era = era_of(source)
        values = {"source": source, "position": position, "database_era": database_era(source)}
        names = {name: Identifier(typed_schema(source), name) for name in ("events", "quarantine")}
        cursor.execute(SQL(INSERT_COPIES).format(era=era_expression(source), **names), values)
        if "events" in era.tables.values():
            cursor.execute(SQL(INSERT_QUARANTINED).format(era=era_expression(source), **names), values)
    cursor.execute("analyze event_copy")
    newest = newest_changes(cursor, sources)
    eras = [database_era(source) for source in newest]
    cursor.execute(CREATE_LATEST, {"sources": list(newest), "eras": eras, "newest": list(newest.values())})
    cursor.execute("analyze latest_edition; drop table event_copy")


def database_era(source: str) -> str | None:
    """Return the name of the era of which a source is a database, None for a weekly file."""
    era = era_of(source)
    return None if era.is_weekly(source) else era.name


def era_expression(source: str) -> Composable:
    """Return the SQL expression of an event's era: that of the database; in a weekly file, its date decides.

    The expression reads `typed.ev_date`.
    """
    era = era_of(source)
    earlier = era.earlier() if era.is_weekly(source) else ()
    # The oldest era first: the first that ends after the event is its era.
    cases = [
        SQL("when typed.ev_date <= make_date({}, 12, 31) then {}").format(Literal(past.last_year), Literal(past.name))
        for past in reversed(earlier)
    ]
    return SQL("case {} else {} end").format(SQL(" ").join(cases), Literal(era.name)) if cases else Literal(era.name)


def files_without_newer_events(cursor: Cursor) -> list[tuple[str, str]]:
    """Return (file, reason) of each file of the current release that contributes no event, in the release's order."""
    if not relation_exists(cursor, "audit.source_edition"):
        return []
    cursor.execute(WITHOUT_NEWER_EVENTS)
    return cursor.fetchall()


def last_source_with_rows(cursor: Cursor, table: str, sources: Sequence[str]) -> str | None:
    """Return the last of the sources whose cast file has rows in the table, or None if there is none."""
    for source in reversed(sources):
        if fetch_value(cursor, SQL("select exists (select from {})").format(Identifier(typed_schema(source), table))):
            return source
    return None


def newest_changes(cursor: Cursor, sources: Sequence[str]) -> dict[str, datetime | None]:
    """Return {source: newest plausible lchg_date of its cast events, None without any}, in the order of a snapshot."""
    periods = {}
    for source in sources:
        events = Identifier(typed_schema(source), "events")
        cursor.execute(SQL(CHANGES).format(events=events))
        changes = cursor.fetchall()
        cursor.execute(SQL(EVENT_DAYS).format(events=events))
        periods[source] = change_dates.find_periods(changes, [day for (day,) in cursor.fetchall()])
    newest = change_dates.newest_plausible(periods)
    return {source: datetime.fromisoformat(text) if text else None for source, text in newest.items()}


def newer_databases(source: str, changes: Mapping[str, datetime | None]) -> list[str]:
    """Return the eras that a database newer than this file covers, sorted. `changes`: the result of newest_changes."""
    own = changes[source] or datetime.min
    eras = {database_era(other) for other, newest in changes.items() if (newest or datetime.min) > own}
    return sorted(era for era in eras if era)
