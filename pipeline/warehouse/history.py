"""History: what releases used to say, written down before the tables of the next one take their place.

A change is a step from one release to the next, whichever way readers came to it. Content is everything but
`era`, `source_file` and `source_row`, which say where NTSB's row was found; a row that only moved is kept as moved, so
that `history.as_of` gives an earlier table to the last digit, and is no revision.

Comparing: how each row of a release's tables stands to the next release, in a relation named history_compared, and
which of them moved together, in history_run.

Only events whose rows may differ are looked at: those that are told by another file than before, or by a file that was
typed anew.
"""

import hashlib
import json
import logging
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor

from pipeline import fingerprint
from pipeline.config import SQL
from pipeline.postgres.connection import Cursor, fetch_value, transaction
from pipeline.warehouse import table_schema

# {table: (where its rows lie, where those of the next release lie)}
Pairs = Mapping[str, tuple[str, str]]

log = logging.getLogger(__name__)

# Relations of the schema `history`, and of `audit`, that Publish itself writes: no step makes them.
WRITTEN_RELATIONS = ("change", "row_version", "moved_run", "event_version", "field_change", "release_relation")

# So many rows of a table that moved and say the same are written run by run, not row by row: a new edition of a file
# moves hundreds of thousands. A revision moves few, and is led back row by row.
MIN_RUN_ROWS = 1000

Fingerprints = Mapping[str, str]

RELEASE_TABLES = """
select listed.name, format('%%I.%%I', namespace.nspname, class.relname)
from audit.release_relation as listed
inner join pg_class as class on class.oid = listed.oid
inner join pg_namespace as namespace on namespace.oid = class.relnamespace
where listed.release = %s and listed.target_schema = 'ntsb'
"""

CHANGED_EVENTS = """
create temp table history_revised on commit drop as
select ev_id, coalesce(max(kind) filter (where table_name = 'events' and kind <> 'revised'), 'revised') as kind
from history.row_version
where change = %s and ev_id is not null and kind <> 'moved'
group by ev_id
"""

INSERT_EVENTS = """
insert into history.event_version
select ev_id, %(number)s, revised.kind, coalesce(was.rows #>> '{{events,0,era}}', events.era), %(before)s, %(after)s,
    was.content_hash, now.content_hash, was.rows
from history_revised as revised
left join history.whole_events(array[{was}]::regclass [], true) as was using (ev_id)
left join history.whole_events(array[{now}]::regclass [], false) as now using (ev_id)
left join {events} as events using (ev_id)
"""


def typed_fingerprints(cursor: Cursor, sources: Iterable[str]) -> dict[str, str]:
    """{source: fingerprint} of typed files: equal fingerprints mean equal rows, as far as the same file tells an event.

    Two words each: the typed file's fingerprint, and a digest of all that makes tables of typed rows, among it the server's
    major version: another one may know other words of English.
    """
    making = fingerprint.code_digests(["pipeline.warehouse.merge"])
    paths = sorted({path for table in table_schema.tables() for path in table_schema.source_files(table)})
    making |= {str(path.relative_to(SQL)): fingerprint.digest_file(path) for path in paths}
    making["server"] = str(fetch_value(cursor, "select current_setting('server_version_num')::integer / 10000"))
    code = json.dumps(making, sort_keys=True)
    builder = hashlib.sha256(code.encode()).hexdigest()[:16]
    query = "select fingerprint from audit.bundle where schema_name = %s"
    fingerprints = {source: fetch_value(cursor, query, f"typed_{source.lower()}") for source in sources}
    return {source: f"{fingerprint} {builder}" for source, fingerprint in fingerprints.items() if fingerprint}


def release_fingerprints(cursor: Cursor, release: str) -> dict[str, str]:
    """The fingerprints that were written down with a release; empty where it has none, and then everything is compared."""
    query = "select files from history.change where release_to = %s order by number desc limit 1"
    return dict(fetch_value(cursor, query, release) or {})


def tables_in_schema(cursor: Cursor, schema: str) -> dict[str, str]:
    """{table: where it lies} of the contract's tables that wait in a schema."""
    names = {table: f"{schema}.{table}" for table in table_schema.tables()}
    return {table: name for table, name in names.items() if relation_exists(cursor, name)}


def release_tables(cursor: Cursor, release: str) -> dict[str, str]:
    """{table: where it lies} of a release that is kept."""
    cursor.execute(RELEASE_TABLES, (release,))
    return dict(cursor.fetchall())


def record_change(
    cursor: Cursor,
    before: str | None,
    after: str,
    fingerprints: Fingerprints,
    places: Fingerprints,
    touched: str = "",
    connections: int = 1,
) -> None:
    """Writes down the change from release `before` in `ntsb` to release `after`.

    `places` says where the tables of `after` lie that are not in `ntsb` yet, or, where `touched` names a relation with
    the events that may differ, where the rows of those lie. Call it before anything is moved or changed, so that
    readers wait for the moving only; with more than one connection nothing of it may wait for a commit. The same
    release again is no change.
    """
    text = json.dumps(dict(fingerprints), sort_keys=True)
    if before == after and fetch_value(cursor, "select exists (select from history.change)"):
        cursor.execute(
            "update history.change set files = %s where number = (select max(number) from history.change)", (text,)
        )
        return
    number = fetch_value(cursor, "select coalesce(max(number), 0) + 1 from history.change")
    known = json.dumps(release_fingerprints(cursor, before), sort_keys=True) if before else "{}"
    # Where the history begins with a release that is published again, there is none before it.
    origin = None if before == after else before
    cursor.execute("insert into history.change values (%s, %s, %s, %s)", (number, origin, after, text))
    if origin is not None:
        pairs = {table: (f"ntsb.{table}", places.get(table, f"ntsb.{table}")) for table in table_schema.tables()}
        pairs = {table: pair for table, pair in pairs.items() if all(relation_exists(cursor, name) for name in pair)}
        if is_reversal(cursor, number, origin, after):
            record_reversal(cursor, number, pairs)
        else:
            record_rows(cursor, number, pairs, {"was": known, "now": text}, touched, 1 if touched else connections)
        record_events(cursor, number, pairs, {"number": number, "before": origin, "after": after})


def relation_exists(cursor: Cursor, name: str) -> bool:
    """True where a relation of that name exists."""
    return fetch_value(cursor, "select to_regclass(%s)", name) is not None


def record_rows(
    cursor: Cursor, number: int, pairs: Pairs, fingerprints: Fingerprints, touched: str, connections: int
) -> None:
    """Writes every row that differs to history.row_version, or, of tables that moved together, history.moved_run."""
    together = None if touched else MIN_RUN_ROWS
    for was, now in compare_tables(cursor, pairs, fingerprints, touched, connections):
        cursor.execute("select history.keep_rows(%s, %s, %s, %s)", (number, was, now, together))


def is_reversal(cursor: Cursor, number: int, before: str, after: str) -> bool:
    """True where the change before led from release `after` to `before`: this one is its way back."""
    query = "select release_from = %s and release_to = %s from history.change where number = %s"
    return bool(fetch_value(cursor, query, after, before, number - 1))


def record_reversal(cursor: Cursor, number: int, pairs: Pairs) -> None:
    """Writes down the way back from the change before: every row that differs is in the history already."""
    cursor.execute("select history.turn_rows(%s, %s)", (number, number - 1))
    query = "select distinct table_name from history.row_version where change = %s and kind = 'moved'"
    cursor.execute(query, (number - 1,))
    for (table,) in [row for row in cursor.fetchall() if row[0] in pairs]:
        cursor.execute("select history.turn_moved(%s, %s, %s)", (number, number - 1, pairs[table][0]))


def record_events(cursor: Cursor, number: int, pairs: Pairs, values: Mapping[str, object]) -> None:
    """Writes every event whose content differs to history.event_version."""
    cursor.execute(CHANGED_EVENTS, (number,))
    cursor.execute("analyze history_revised")
    if not fetch_value(cursor, "select exists (select from history_revised)"):
        return
    of_events = [table for table in pairs if table_schema.has_events(cursor, table)]
    was, now = (", ".join(f"'{pairs[table][at]}'" for table in of_events) for at in (0, 1))
    cursor.execute(INSERT_EVENTS.format(was=was, now=now, events=pairs["events"][1]), values)
    log.info("%d events differ between release %s and %s", cursor.rowcount, values["before"], values["after"])


def latest_change() -> str:
    """The release before and the one that readers see, as the last change says; empty where there is no history."""
    with transaction(read_only=True) as cursor:
        if not relation_exists(cursor, "history.change"):
            return ""
        cursor.execute("select release_from, release_to from history.change order by number desc limit 1")
        return " ".join(release or "none" for release in cursor.fetchone() or ())


EVENTS_TO_COMPARE = """
select ev_id
from {was} as was
full join {now} as now using (ev_id)
where was.source_file is distinct from now.source_file
    or %(was)s::jsonb -> was.source_file is null
    or %(was)s::jsonb -> was.source_file is distinct from %(now)s::jsonb -> now.source_file
"""

COMPARE = "select history.compare_rows(%s, %s, %s, %s)"
FIND_RUNS = "select history.find_runs(%s, %s)"


def compare_tables(
    cursor: Cursor, pairs: Pairs, fingerprints: Mapping[str, str], touched: str, connections: int
) -> Iterator[tuple[str, str]]:
    """Each pair that differs, with its comparison in history_compared and history_run meanwhile.

    `touched` names a relation with the events that may differ; where it is empty the fingerprints of both releases tell
    them. Several connections compare beforehand: they see what is committed, so nothing may be changed until then.
    """
    different = {table: pair for table, pair in pairs.items() if differs(cursor, *pair)}
    if connections > 1:
        compare_in_parallel(different, pairs, fingerprints, connections)
    else:
        list_events_to_compare(cursor, "temp table history_touched", pairs, fingerprints, touched)
    for table, pair in different.items():
        if connections > 1:
            cursor.execute(f'create temp view history_compared as select * from compared."{table}"')
            cursor.execute(f'create temp view history_run as select * from compared."run of {table}"')
            yield pair
            cursor.execute("drop view history_compared, history_run")
        else:
            cursor.execute(COMPARE, (*pair, "history_touched", "temp table history_compared"))
            cursor.execute("analyze history_compared")
            if not touched:
                cursor.execute(FIND_RUNS, ("history_compared", "temp table history_run"))
            yield pair
            cursor.execute("drop table history_compared; drop table if exists history_run")
    cursor.execute("drop schema if exists compared cascade; drop table if exists history_touched")


def differs(cursor: Cursor, was: str, now: str) -> bool:
    """False where both are the same table, or were signed with the same digest of their rows."""
    query = "select digest from audit.relation where oid = to_regclass(%s)"
    digests = [fetch_value(cursor, query, name) for name in (was, now)]
    return was != now and (None in digests or digests[0] != digests[1])


def list_events_to_compare(
    cursor: Cursor, target: str, pairs: Pairs, fingerprints: Mapping[str, str], touched: str = ""
) -> None:
    """Lists the events whose rows are compared; none where there is no table of events."""
    query = "select null::text as ev_id limit 0"
    if "events" in pairs:
        was, now = pairs["events"]
        query = f"select ev_id from {touched}" if touched else EVENTS_TO_COMPARE.format(was=was, now=now)
    cursor.execute(f"create {target} as {query}", fingerprints)
    cursor.execute(f"analyze {target.split()[-1]}")


def compare_in_parallel(different: Pairs, pairs: Pairs, fingerprints: Mapping[str, str], connections: int) -> None:
    """Compares on several connections, the largest tables first, and leaves what they find in the schema `compared`."""
    with transaction() as cursor:
        cursor.execute("drop schema if exists compared cascade; create schema compared")
        list_events_to_compare(cursor, "unlogged table compared.touched", pairs, fingerprints)
        size = "select coalesce(max(rows), 0) from audit.relation where oid = to_regclass(%s)"
        sizes = {table: int(fetch_value(cursor, size, was)) for table, (was, _) in different.items()}
    with ThreadPoolExecutor(connections) as pool:
        list(
            pool.map(
                lambda table: compare_table(table, *different[table]), sorted(sizes, key=lambda each: -sizes[each])
            )
        )


def compare_table(table: str, was: str, now: str) -> None:
    """Compares one table, on a connection of its own."""
    with transaction() as cursor:
        cursor.execute(COMPARE, (was, now, "compared.touched", f'unlogged table compared."{table}"'))
        cursor.execute(FIND_RUNS, (f'compared."{table}"', f'unlogged table compared."run of {table}"'))
        cursor.execute(f'analyze compared."{table}"')
