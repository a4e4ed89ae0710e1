"""Touched events: those that a snapshot tells otherwise than the release that readers see."""

from collections.abc import Sequence

from pipeline.postgres import Cursor, scalar
from pipeline.relations import contract, history

# Another file tells the event than before, or one of which nobody knows what it said.
OTHERWISE = """
create table revision.touched as
select ev_id
from ntsb.events as was
full join ({parts}) as now using (ev_id)
where was.source_file is distinct from now.source_file or was.source_file <> all(%s)
"""

# The same file, typed anew: events with a row that was not there, or is not there any more. A row's text tells NULL
# from an empty string; sums heed no order.
ANEW = """
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


def touch(cursor: Cursor, release: str, sources: Sequence[str], most: float) -> bool:
    """Fills revision.touched (ev_id) for these files; False where tables are made otherwise than the release's were, or
    more than `most` events are touched, which one table may tell: in a new edition all rows stand in other places.
    """
    was, now = history.stamps_of(cursor, release), history.typed_stamps(cursor, sources)
    if not is_alike(was, now):
        return False
    parts = " union all ".join(
        f"select ev_id, source_file from typed_{source.lower()}.events as typed where {is_last_word(sources, place)}"
        for place, source in enumerate(sources)
    )
    cursor.execute(OTHERWISE.format(parts=parts), (sorted(set(was) & set(now)),))
    cursor.execute("alter table revision.touched add primary key (ev_id)")
    for source in (source for source in sources if source in was and was[source] != now[source]):
        for table in contract.tables():
            if _count(cursor) > most:
                return False
            _compare(cursor, source, table)
    cursor.execute("analyze revision.touched")
    return _count(cursor) <= most


def is_alike(was: history.Stamps, now: history.Stamps) -> bool:
    """True where the tables of both were made of typed rows in the same way. `was`, `now`: history.typed_stamps."""
    return {_making(stamp) for stamp in was.values()} == {_making(stamp) for stamp in now.values()}


def is_last_word(sources: Sequence[str], place: int) -> str:
    """The condition on rows `typed` of the file at that place that no later file tells the same event."""
    later = [f"select ev_id from typed_{source.lower()}.events" for source in sources[place + 1 :]]
    if not later:
        return "true"
    # Only narrow rows are hashed, however wide those are that are asked about.
    return f"not exists (select from ({' union all '.join(later)}) as later where later.ev_id = typed.ev_id)"


def _making(stamp: str) -> str:
    """How tables are made of typed rows: the second word of a typed file's stamp."""
    return stamp.split(" ")[1]


def _count(cursor: Cursor) -> int:
    return int(scalar(cursor, "select count(*) from revision.touched"))


def _compare(cursor: Cursor, source: str, table: str) -> None:
    typed = f'typed_{source.lower()}."{table}"'
    if contract.is_event_table(cursor, table) and scalar(cursor, "select to_regclass(%s)", typed) is not None:
        names = contract.written(cursor, table)
        cursor.execute(ANEW.format(names=names, typed=typed, published=f'ntsb."{table}"'), {"source": source})
