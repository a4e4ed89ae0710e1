"""History: what releases used to say, written down before the tables of the next one take their place.

A change is a step from one release to the next, whichever way readers came to it. Only events whose rows may differ are
looked at: those that are told by another file than before, or by a file that was typed anew. Content is everything but
`era`, `source_file` and `source_row`, which say where NTSB's row was found; a row that only moved is kept as moved, so
that `history.as_of` gives an earlier table to the last digit, and is no revision.
"""

import hashlib
import json
import logging
from collections.abc import Iterable, Mapping

from pipeline import sourcecode
from pipeline.postgres import Cursor, scalar
from pipeline.relations import contract

log = logging.getLogger(__name__)

Stamps = Mapping[str, str]

TOUCHED = """
create temp table history_touched on commit drop as
select ev_id
from ntsb.events as was
full join {now} as now using (ev_id)
where was.source_file is distinct from now.source_file
    or %(was)s::jsonb -> was.source_file is null
    or %(was)s::jsonb -> was.source_file is distinct from %(now)s::jsonb -> now.source_file
"""

REVISED = """
create temp table history_revised on commit drop as
select ev_id, coalesce(max(kind) filter (where table_name = 'events' and kind <> 'revised'), 'revised') as kind
from history.row_version
where change = %s and ev_id is not null and kind <> 'moved'
group by ev_id
"""

EVENTS = """
insert into history.event_version
select ev_id, %(number)s, revised.kind, coalesce(was.rows, now.rows) #>> '{{events,0,era}}', %(before)s, %(after)s,
    was.content_hash, now.content_hash, was.rows
from history_revised as revised
left join history.whole_events(array[{was}]::regclass []) as was using (ev_id)
left join history.whole_events(array[{now}]::regclass []) as now using (ev_id)
"""


def typed_stamps(cursor: Cursor, sources: Iterable[str]) -> dict[str, str]:
    """{source: stamp} of typed files: equal stamps mean equal rows, as far as the same file tells an event."""
    code = json.dumps(sourcecode.digests("pipeline.relations.building"), sort_keys=True)
    builder = hashlib.sha256(code.encode()).hexdigest()[:16]
    query = "select stamp from audit.bundle where schema_name = %s"
    stamps = {source: scalar(cursor, query, f"typed_{source.lower()}") for source in sources}
    return {source: f"{stamp} {builder}" for source, stamp in stamps.items() if stamp}


def stamps_of(cursor: Cursor, release: str) -> dict[str, str]:
    """The stamps that were written down with a release; empty where it has none, and then everything is compared."""
    query = "select files from history.change where release_to = %s order by number desc limit 1"
    return dict(scalar(cursor, query, release) or {})


def keep(cursor: Cursor, before: str | None, after: str, stamps: Stamps, aside: str = "candidate") -> None:
    """Writes down the change from release `before` in `ntsb` to release `after`.

    The tables of `after` that are not in place yet lie in the schema `aside`; call it before they are moved, so that
    readers wait for the moving only. The same release again is no change.
    """
    text = json.dumps(dict(stamps), sort_keys=True)
    if before == after and scalar(cursor, "select exists (select from history.change)"):
        cursor.execute(
            "update history.change set files = %s where number = (select max(number) from history.change)", (text,)
        )
        return
    number = scalar(cursor, "select coalesce(max(number), 0) + 1 from history.change")
    known = stamps_of(cursor, before) if before else {}
    origin = None if before == after else before
    cursor.execute("insert into history.change values (%s, %s, %s, %s)", (number, origin, after, text))
    if origin is not None:
        compare(cursor, number, json.dumps(known), text, aside)
        keep_events(cursor, number, origin, after, aside)


def relation(cursor: Cursor, table: str, aside: str) -> str:
    """Where a table of the release to come lies: in `aside`, or in place already."""
    name = f"{aside}.{table}"
    return name if scalar(cursor, "select to_regclass(%s)", name) else f"ntsb.{table}"


def compare(cursor: Cursor, number: int, was: str, now: str, aside: str) -> None:
    """Writes every row that differs to history.row_version."""
    cursor.execute(TOUCHED.format(now=relation(cursor, "events", aside)), {"was": was, "now": now})
    cursor.execute("analyze history_touched")
    for table in contract.tables():
        names = (f"ntsb.{table}", relation(cursor, table, aside))
        if all(scalar(cursor, "select to_regclass(%s)", name) for name in names) and differs(cursor, *names):
            cursor.execute("select history.keep_rows(%s, %s, %s)", (number, *names))


def differs(cursor: Cursor, was: str, now: str) -> bool:
    """True unless both are the same table, or were signed with the same digest of their rows."""
    query = "select digest from audit.relation where oid = to_regclass(%s)"
    digests = [scalar(cursor, query, name) for name in (was, now)]
    return was != now and (None in digests or digests[0] != digests[1])


def keep_events(cursor: Cursor, number: int, before: str, after: str, aside: str) -> None:
    """Writes every event whose content differs to history.event_version."""
    cursor.execute(REVISED, (number,))
    cursor.execute("analyze history_revised")
    tables = [table for table in contract.tables() if "ev_id" in {each.name for each in contract.columns(cursor, table)}]
    was = [f"ntsb.{table}" for table in tables if scalar(cursor, "select to_regclass(%s)", f"ntsb.{table}")]
    now = [relation(cursor, table, aside) for table in tables]
    lists = {"was": ", ".join(f"'{name}'" for name in was), "now": ", ".join(f"'{name}'" for name in now)}
    cursor.execute(EVENTS.format(**lists), {"number": number, "before": before, "after": after})
    log.info("change %d, from %s to %s: %d events differ", number, before, after, cursor.rowcount)
