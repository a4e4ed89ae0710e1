"""History: what releases used to say, written down before the tables of the next one take their place.

A change is a step from one release to the next, whichever way readers came to it. Content is everything but
`era`, `source_file` and `source_row`, which say where NTSB's row was found; a row that only moved is kept as moved, so
that `history.as_of` gives an earlier table to the last digit, and is no revision.
"""

import hashlib
import json
import logging
from collections.abc import Iterable, Mapping

from pipeline import fingerprint
from pipeline.postgres import Cursor, scalar, transaction
from pipeline.relations import contract
from pipeline.relations.comparing import Pairs, compared
from pipeline.settings import SQL

log = logging.getLogger(__name__)

# Relations of the schema `history`, and of `audit`, that Publish itself writes: no step makes them.
WRITTEN = ("change", "row_version", "moved_run", "event_version", "field_change", "release_relation")

# So many rows of a table that moved and say the same are written run by run, not row by row: a new edition of a file
# moves hundreds of thousands. A revision moves few, and is led back row by row.
TOGETHER = 1000

Stamps = Mapping[str, str]

KEPT = """
select listed.name, format('%%I.%%I', namespace.nspname, class.relname)
from audit.release_relation as listed
inner join pg_class as class on class.oid = listed.oid
inner join pg_namespace as namespace on namespace.oid = class.relnamespace
where listed.release = %s and listed.home = 'ntsb'
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
select ev_id, %(number)s, revised.kind, coalesce(was.rows #>> '{{events,0,era}}', events.era), %(before)s, %(after)s,
    was.content_hash, now.content_hash, was.rows
from history_revised as revised
left join history.whole_events(array[{was}]::regclass [], true) as was using (ev_id)
left join history.whole_events(array[{now}]::regclass [], false) as now using (ev_id)
left join {events} as events using (ev_id)
"""


def typed_stamps(cursor: Cursor, sources: Iterable[str]) -> dict[str, str]:
    """{source: stamp} of typed files: equal stamps mean equal rows, as far as the same file tells an event.

    Two words each: the typed file's stamp, and a digest of all that makes tables of typed rows, among it the server's
    major version: another one may know other words of English.
    """
    making = fingerprint.code_digests(["pipeline.relations.building"])
    paths = sorted({path for table in contract.tables() for path in contract.recipe_files(table)})
    making |= {str(path.relative_to(SQL)): fingerprint.digest_file(path) for path in paths}
    making["server"] = str(scalar(cursor, "select current_setting('server_version_num')::integer / 10000"))
    code = json.dumps(making, sort_keys=True)
    builder = hashlib.sha256(code.encode()).hexdigest()[:16]
    query = "select stamp from audit.bundle where schema_name = %s"
    stamps = {source: scalar(cursor, query, f"typed_{source.lower()}") for source in sources}
    return {source: f"{stamp} {builder}" for source, stamp in stamps.items() if stamp}


def stamps_of(cursor: Cursor, release: str) -> dict[str, str]:
    """The stamps that were written down with a release; empty where it has none, and then everything is compared."""
    query = "select files from history.change where release_to = %s order by number desc limit 1"
    return dict(scalar(cursor, query, release) or {})


def coming(cursor: Cursor, schema: str) -> dict[str, str]:
    """{table: where it lies} of the contract's tables that wait in a schema."""
    names = {table: f"{schema}.{table}" for table in contract.tables()}
    return {table: name for table, name in names.items() if is_there(cursor, name)}


def tables_of(cursor: Cursor, release: str) -> dict[str, str]:
    """{table: where it lies} of a release that is kept."""
    cursor.execute(KEPT, (release,))
    return dict(cursor.fetchall())


def keep(
    cursor: Cursor,
    before: str | None,
    after: str,
    stamps: Stamps,
    places: Stamps,
    touched: str = "",
    connections: int = 1,
) -> None:
    """Writes down the change from release `before` in `ntsb` to release `after`.

    `places` says where the tables of `after` lie that are not in `ntsb` yet, or, where `touched` names a relation with
    the events that may differ, where the rows of those lie. Call it before anything is moved or changed, so that
    readers wait for the moving only; with more than one connection nothing of it may wait for a commit. The same
    release again is no change.
    """
    text = json.dumps(dict(stamps), sort_keys=True)
    if before == after and scalar(cursor, "select exists (select from history.change)"):
        cursor.execute(
            "update history.change set files = %s where number = (select max(number) from history.change)", (text,)
        )
        return
    number = scalar(cursor, "select coalesce(max(number), 0) + 1 from history.change")
    known = json.dumps(stamps_of(cursor, before), sort_keys=True) if before else "{}"
    # Where the history begins with a release that is published again, there is none before it.
    origin = None if before == after else before
    cursor.execute("insert into history.change values (%s, %s, %s, %s)", (number, origin, after, text))
    if origin is not None:
        pairs = {table: (f"ntsb.{table}", places.get(table, f"ntsb.{table}")) for table in contract.tables()}
        pairs = {table: pair for table, pair in pairs.items() if all(is_there(cursor, name) for name in pair)}
        if led_here(cursor, number, origin, after):
            turn(cursor, number, pairs)
        else:
            keep_rows(cursor, number, pairs, {"was": known, "now": text}, touched, 1 if touched else connections)
        keep_events(cursor, number, pairs, {"number": number, "before": origin, "after": after})


def is_there(cursor: Cursor, name: str) -> bool:
    """True where a relation of that name exists."""
    return scalar(cursor, "select to_regclass(%s)", name) is not None


def keep_rows(cursor: Cursor, number: int, pairs: Pairs, stamps: Stamps, touched: str, connections: int) -> None:
    """Writes every row that differs to history.row_version, or, of tables that moved together, history.moved_run."""
    together = None if touched else TOGETHER
    for was, now in compared(cursor, pairs, stamps, touched, connections):
        cursor.execute("select history.keep_rows(%s, %s, %s, %s)", (number, was, now, together))


def led_here(cursor: Cursor, number: int, before: str, after: str) -> bool:
    """True where the change before led from release `after` to `before`: this one is its way back."""
    query = "select release_from = %s and release_to = %s from history.change where number = %s"
    return bool(scalar(cursor, query, after, before, number - 1))


def turn(cursor: Cursor, number: int, pairs: Pairs) -> None:
    """Writes down the way back from the change before: every row that differs is in the history already."""
    cursor.execute("select history.turn_rows(%s, %s)", (number, number - 1))
    query = "select distinct table_name from history.row_version where change = %s and kind = 'moved'"
    cursor.execute(query, (number - 1,))
    for (table,) in [row for row in cursor.fetchall() if row[0] in pairs]:
        cursor.execute("select history.turn_moved(%s, %s, %s)", (number, number - 1, pairs[table][0]))


def keep_events(cursor: Cursor, number: int, pairs: Pairs, values: Mapping[str, object]) -> None:
    """Writes every event whose content differs to history.event_version."""
    cursor.execute(REVISED, (number,))
    cursor.execute("analyze history_revised")
    if not scalar(cursor, "select exists (select from history_revised)"):
        return
    of_events = [table for table in pairs if contract.is_event_table(cursor, table)]
    was, now = (", ".join(f"'{pairs[table][at]}'" for table in of_events) for at in (0, 1))
    cursor.execute(EVENTS.format(was=was, now=now, events=pairs["events"][1]), values)
    log.info("%d events differ between release %s and %s", cursor.rowcount, values["before"], values["after"])


def pair() -> str:
    """The release before and the one that readers see, as the last change says; empty where there is no history."""
    with transaction(read_only=True) as cursor:
        if not is_there(cursor, "history.change"):
            return ""
        cursor.execute("select release_from, release_to from history.change order by number desc limit 1")
        return " ".join(release or "none" for release in cursor.fetchone() or ())
