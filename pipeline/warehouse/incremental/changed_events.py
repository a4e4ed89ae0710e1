"""Touched events: those that a snapshot tells otherwise than the release that readers see."""

from collections.abc import Sequence

from pipeline.postgres.connection import Cursor, fetch_value
from pipeline.warehouse import history, table_schema

# Another file tells the event than before, or one of which nobody knows what it said.
LIST_CHANGED_EVENTS = """
create table revision.touched as
select ev_id
from ntsb.events as was
full join ({parts}) as now using (ev_id)
where was.source_file is distinct from now.source_file or was.source_file <> all(%s)
"""

# The same file, typed anew: events with a row that was not there, or is not there any more. A row's text tells NULL
# from an empty string; sums heed no order.
ADD_RECAST_EVENTS = """
insert into revision.touched
select ev_id
from (select ev_id, sum(hashtextextended(row({names})::text, 0)) as told from {typed} group by ev_id) as typed
full join (
    select ev_id, sum(hashtextextended(row({names})::text, 0)) as told
    from {published} where source_file = %(source)s group by ev_id
) as published using (ev_id)
where typed.told is distinct from published.told
    and ev_id in (select ev_id from ntsb.events where source_file = %(source)s)
on conflict do nothing
"""


def list_changed_events(cursor: Cursor, release: str, sources: Sequence[str], most: float) -> bool:
    """Fills revision.touched (ev_id) for these files; False where tables are made otherwise than the release's were, or
    more than `most` events are touched, which one table may tell: in a new edition all rows stand in other places.
    """
    was, now = history.release_fingerprints(cursor, release), history.typed_fingerprints(cursor, sources)
    if not same_code(was, now):
        return False
    parts = " union all ".join(
        f"select ev_id, source_file from typed_{source.lower()}.events as typed where {is_latest_edition(sources, place)}"
        for place, source in enumerate(sources)
    )
    cursor.execute(LIST_CHANGED_EVENTS.format(parts=parts), (sorted(set(was) & set(now)),))
    cursor.execute("alter table revision.touched add primary key (ev_id)")
    for source in (source for source in sources if source in was and was[source] != now[source]):
        for table in table_schema.tables():
            if _count_changed(cursor) > most:
                return False
            _add_changed_rows(cursor, source, table)
    cursor.execute("analyze revision.touched")
    return _count_changed(cursor) <= most


def same_code(was: history.Fingerprints, now: history.Fingerprints) -> bool:
    """True where the tables of both were made of typed rows in the same way. `was`, `now`: history.typed_fingerprints."""
    return {_code_digest(fingerprint) for fingerprint in was.values()} == {
        _code_digest(fingerprint) for fingerprint in now.values()
    }


def is_latest_edition(sources: Sequence[str], place: int) -> str:
    """The condition on rows `typed` of the file at that place that no later file tells the same event."""
    later = [f"select ev_id from typed_{source.lower()}.events" for source in sources[place + 1 :]]
    if not later:
        return "true"
    # Only narrow rows are hashed, however wide those are that are asked about.
    return f"not exists (select from ({' union all '.join(later)}) as later where later.ev_id = typed.ev_id)"


def _code_digest(fingerprint: str) -> str:
    """How tables are made of typed rows: the second word of a typed file's fingerprint."""
    return fingerprint.split(" ")[1]


def _count_changed(cursor: Cursor) -> int:
    return int(fetch_value(cursor, "select count(*) from revision.touched"))


def _add_changed_rows(cursor: Cursor, source: str, table: str) -> None:
    typed = f'typed_{source.lower()}."{table}"'
    if table_schema.has_events(cursor, table) and fetch_value(cursor, "select to_regclass(%s)", typed) is not None:
        names = table_schema.stored_columns(cursor, table)
        cursor.execute(
            ADD_RECAST_EVENTS.format(names=names, typed=typed, published=f'ntsb."{table}"'), {"source": source}
        )
