"""History: what changes from one release to the next, recorded before the tables of the new one replace the old ones.

A change leads from the release before to the current one, by publication or rollback. The content of a row is every
column but `era`, `source_file` and `source_row`, which say where NTSB's row was. A row that differs only in these is
recorded as moved, not as revised; it is needed for `history.as_of` to return earlier tables exactly.

Only events whose rows may differ are compared: those that come from another file than before, or from a file that was
cast again, or those that an incremental update lists. A comparison leaves the relations history_compared (how each row
differs) and history_run (runs of rows that moved together).
"""

import hashlib
import json
import logging
from collections.abc import Collection, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor

from psycopg2 import sql

from pipeline import fingerprint
from pipeline.config import SQL
from pipeline.postgres.connection import Cursor, fetch_value, relation_exists, transaction
from pipeline.sources import api_era, eras
from pipeline.sources.differences import declared_differences
from pipeline.warehouse import table_schema
from pipeline.warehouse.overlay.published import PUBLISHED, correction_digests
from pipeline.warehouse.raw_names import typed_schema

# {table: (relation with its rows, relation with those of the next release)}
Pairs = Mapping[str, tuple[str, str]]
# {source: fingerprint of its cast file}
Fingerprints = Mapping[str, str]

log = logging.getLogger(__name__)

# Relations of the schemas `history` and `audit` that publication writes; they are not the output of a task.
WRITTEN_RELATIONS = (
    *("change", "row_version", "moved_run", "event_version", "field_change", "correction_change", "release_relation"),
)

# Runs of at least this many moved rows with the same content are recorded as runs, not row by row: a new edition of a
# file moves hundreds of thousands. An incremental update moves few rows and is always recorded row by row.
MIN_RUN_ROWS = 1000

RELEASE_TABLES = """
select listed.name, format('%%I.%%I', namespace.nspname, class.relname)
from audit.release_relation as listed
inner join pg_class as class on class.oid = listed.oid
inner join pg_namespace as namespace on namespace.oid = class.relnamespace
where listed.release = %s and (listed.target_schema = 'ntsb' or listed.name = 'applied_correction')
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
select ev_id, %(number)s, revised.kind, coalesce(old.rows #>> '{{events,0,era}}', events.era), %(before)s, %(after)s,
    old.content_hash, new.content_hash, old.rows
from history_revised as revised
left join history.event_contents(array[{old}]::regclass [], true) as old using (ev_id)
left join history.event_contents(array[{new}]::regclass [], false) as new using (ev_id)
left join {events} as events using (ev_id)
"""

# Events that come from another kind of source than before.
CREATE_MOVED = """
create temporary table moved_event on commit drop as
select event.ev_id, new.era = any(%(api)s) as is_from_api
from history.event_version as event
inner join {old} as old using (ev_id)
inner join {new} as new using (ev_id)
where event.change = %(number)s and event.kind = 'revised' and (old.era = any(%(api)s)) <> (new.era = any(%(api)s))
"""
# Those with a difference between a, the row of the Access file, and b, that of the API, that is not declared.
DROP_REVISED = """
delete from moved_event where ev_id in (
    select moved.ev_id
    from moved_event as moved
    inner join history.row_version as version using (ev_id)
    cross join lateral (
        select
            jsonb_populate_record(null::{table}, case when is_from_api then earlier else later end) as a,
            jsonb_populate_record(null::{table}, case when is_from_api then later else earlier end) as b
    ) as pair
    where version.change = %(number)s and version.table_name = %(name)s and (
        version.kind in ('new', 'withdrawn') and ({is_row_declared}) is not true
        or version.kind = 'revised' and exists (
            select from jsonb_object_keys(later) as name
            where name not in ('era', 'source_file', 'source_row') and earlier -> name is distinct from later -> name
                and (case name {is_column_declared} end) is not true
        )
    )
)
"""
COLUMNS_OF = "select attname from pg_attribute where attrelid = %s::regclass and attnum > 0 and not attisdropped"
MARK_SOURCE_CHANGES = """
update history.event_version set kind = 'source' where change = %s and ev_id in (select ev_id from moved_event)
"""

EVENTS_TO_COMPARE = """
select ev_id
from {old} as old
full join {new} as new using (ev_id)
where old.source_file is distinct from new.source_file
    or %(old)s::jsonb -> old.source_file is null
    or %(old)s::jsonb -> old.source_file is distinct from %(new)s::jsonb -> new.source_file
"""

COMPARE = "select history.compare_rows(%s, %s, %s, %s)"
FIND_RUNS = "select history.create_runs(%s, %s)"


def typed_fingerprints(cursor: Cursor, sources: Iterable[str]) -> dict[str, str]:
    """Return {source: fingerprint} of the cast files; events of files with equal fingerprints have equal rows.

    A fingerprint has two words: that of the cast file, and a digest of the code that builds tables from cast rows and
    of the server's major version, because full text depends on the server's dictionaries. If rows of the file are
    corrected, a third word is a digest of these corrections.
    """
    code = fingerprint.code_digests(["pipeline.warehouse.merge"])
    paths = sorted({path for table in table_schema.tables() for path in table_schema.source_files(table)})
    code |= {str(path.relative_to(SQL)): fingerprint.digest_file(path) for path in paths}
    code |= {f"era {era.name}": fingerprint.digest_file(era.folder / "era.toml") for era in eras()}
    code["server"] = str(fetch_value(cursor, "select current_setting('server_version_num')::integer / 10000"))
    code_digest = hashlib.sha256(json.dumps(code, sort_keys=True).encode()).hexdigest()[:16]
    query = "select fingerprint from audit.bundle where schema_name = %s"
    typed = {source: fetch_value(cursor, query, typed_schema(source)) for source in sources}
    corrected = correction_digests(cursor)
    words = {source: (value, code_digest, corrected.get(source)) for source, value in typed.items() if value}
    return {source: " ".join(filter(None, parts)) for source, parts in words.items()}


def code_digests(fingerprints: Iterable[str]) -> set[str]:
    """Return the digests of the code that builds tables: the second words of values of typed_fingerprints."""
    return {value.split(" ")[1] for value in fingerprints}


def release_fingerprints(cursor: Cursor, release: str) -> dict[str, str]:
    """Return the {source: fingerprint} recorded with a release; if it is empty, all events are compared."""
    query = "select files from history.change where release_to = %s order by number desc limit 1"
    return dict(fetch_value(cursor, query, release) or {})


def tables_in_schema(cursor: Cursor, schema: str) -> dict[str, str]:
    """Return {table: <schema>.<table>} of the published tables that exist in a schema."""
    names = {table: f"{schema}.{table}" for table in table_schema.tables()}
    return {table: name for table, name in names.items() if relation_exists(cursor, name)}


def release_tables(cursor: Cursor, release: str) -> dict[str, str]:
    """Return {table: qualified name} of a kept release's tables and its list of corrections, wherever they are now."""
    cursor.execute(RELEASE_TABLES, (release,))
    return dict(cursor.fetchall())


def qualified(name: str) -> sql.Identifier:
    """Return the identifier of a relation `<schema>.<name>`."""
    return sql.Identifier(*name.split("."))


def latest_change() -> str:
    """Return the ids of the releases before and after the last change, separated by a space.

    An id is `none` if there was no release; the result is an empty string if there is no history.
    """
    with transaction(read_only=True) as cursor:
        if not relation_exists(cursor, "history.change"):
            return ""
        cursor.execute("select release_from, release_to from history.change order by number desc limit 1")
        return " ".join(release or "none" for release in cursor.fetchone() or ())


def record_change(
    cursor: Cursor,
    before: str | None,
    after: str,
    fingerprints: Fingerprints,
    locations: Mapping[str, str],
    changed_events: str = "",
    connections: int = 1,
) -> None:
    """Record the change from release `before`, in `ntsb`, to release `after`. The same release again is not a change.

    `locations`: {table: relation} of the tables of `after` that are not in `ntsb`, and of its list of corrections, if
    it has one. If `changed_events` names a relation, the tables contain only the rows of the events that it lists. Call
    this before any relation is moved or changed, so that readers wait only while relations move. With more than one
    connection, only committed rows are compared.
    """
    text = json.dumps(dict(fingerprints), sort_keys=True)
    if before == after and fetch_value(cursor, "select exists (select from history.change)"):
        cursor.execute(
            "update history.change set files = %s where number = (select max(number) from history.change)", (text,)
        )
        return
    number = fetch_value(cursor, "select coalesce(max(number), 0) + 1 from history.change")
    text_before = json.dumps(release_fingerprints(cursor, before), sort_keys=True) if before else "{}"
    # A history that starts with a release that is published again has no release before it.
    origin = None if before == after else before
    cursor.execute("insert into history.change values (%s, %s, %s, %s)", (number, origin, after, text))
    if origin is not None:
        pairs = {table: (f"ntsb.{table}", locations.get(table, f"ntsb.{table}")) for table in table_schema.tables()}
        pairs = {table: pair for table, pair in pairs.items() if all(relation_exists(cursor, name) for name in pair)}
        if is_reversal(cursor, number, origin, after):
            record_reversal(cursor, number, pairs)
        else:
            sources = {"old": text_before, "new": text}
            record_rows(cursor, number, pairs, sources, changed_events, 1 if changed_events else connections)
        record_events(cursor, number, pairs, {"number": number, "before": origin, "after": after})
        record_corrections(cursor, number, locations.get("applied_correction"))


def record_corrections(cursor: Cursor, number: int, later: str | None) -> None:
    """Write the reviewed corrections that differ to history.correction_change. `later`: list of those of `after`.

    A release that an earlier version published has no list, and no corrections.
    """
    lists = [name if name and relation_exists(cursor, name) else None for name in (PUBLISHED, later)]
    if present := list(filter(None, lists)):
        create_empty = sql.SQL("create temporary table if not exists no_correction (like {}) on commit drop")
        cursor.execute(create_empty.format(qualified(present[0])))
        earlier, later = (name or "pg_temp.no_correction" for name in lists)
        cursor.execute("select history.record_corrections(%s, %s, %s)", (number, earlier, later))


def is_reversal(cursor: Cursor, number: int, before: str, after: str) -> bool:
    """Return True if the previous change led from release `after` to `before`."""
    query = "select release_from = %s and release_to = %s from history.change where number = %s"
    return bool(fetch_value(cursor, query, after, before, number - 1))


def record_reversal(cursor: Cursor, number: int, pairs: Pairs) -> None:
    """Record a change that reverses the previous one, from the rows that the history already contains."""
    cursor.execute("select history.reverse_rows(%s, %s)", (number, number - 1))
    query = "select distinct table_name from history.row_version where change = %s and kind = 'moved'"
    cursor.execute(query, (number - 1,))
    for (table,) in [row for row in cursor.fetchall() if row[0] in pairs]:
        cursor.execute("select history.reverse_moved_rows(%s, %s, %s)", (number, number - 1, pairs[table][0]))


def record_rows(
    cursor: Cursor, number: int, pairs: Pairs, fingerprints: Mapping[str, str], changed_events: str, connections: int
) -> None:
    """Write every row that differs to history.row_version, and runs of moved rows to history.moved_run."""
    min_run_rows = None if changed_events else MIN_RUN_ROWS
    for old, new in compare_tables(cursor, pairs, fingerprints, changed_events, connections):
        cursor.execute("select history.record_rows(%s, %s, %s, %s)", (number, old, new, min_run_rows))


def record_events(cursor: Cursor, number: int, pairs: Pairs, values: Mapping[str, object]) -> None:
    """Write every event whose content differs to history.event_version."""
    cursor.execute(CHANGED_EVENTS, (number,))
    cursor.execute("analyze history_revised")
    if not fetch_value(cursor, "select exists (select from history_revised)"):
        return
    event_pairs = [pairs[table] for table in pairs if table_schema.has_events(cursor, table)]
    old, new = (sql.SQL(", ").join(map(sql.Literal, relations)) for relations in zip(*event_pairs, strict=True))
    statement = sql.SQL(INSERT_EVENTS).format(old=old, new=new, events=qualified(pairs["events"][1]))
    cursor.execute(statement, values)
    log.info("%d events differ between release %s and %s", cursor.rowcount, values["before"], values["after"])
    mark_source_changes(cursor, number, pairs)


def mark_source_changes(cursor: Cursor, number: int, pairs: Pairs) -> None:
    """Set the kind `source` of events that only come from the API instead of an Access file, or the reverse.

    A difference is declared if a condition of its table and column in differences.csv holds.
    """
    values = {"number": number, "api": [api_era().name]}
    old, new = map(qualified, pairs["events"])
    cursor.execute("drop table if exists pg_temp.moved_event")
    cursor.execute(sql.SQL(CREATE_MOVED).format(old=old, new=new), values)
    if not cursor.rowcount:
        return
    for table, (_, relation) in pairs.items():
        if table_schema.has_events(cursor, table):
            cursor.execute(COLUMNS_OF, (relation,))
            parts = _declared_parts(table, {"*", *(name for (name,) in cursor.fetchall())})
            cursor.execute(sql.SQL(DROP_REVISED).format(table=qualified(relation), **parts), values | {"name": table})
    cursor.execute(MARK_SOURCE_CHANGES, (number,))
    log.info("%d of them only come from another kind of source", cursor.rowcount)


def _declared_parts(table: str, columns: Collection[str]) -> dict[str, sql.Composable]:
    """Return the expressions of DROP_REVISED that hold for declared differences of these columns of a table."""
    conditions: dict[str, list[sql.Composable]] = {}
    for line in declared_differences(api_era()):
        if line.table in (table, "*") and line.column in columns:
            condition = sql.SQL(line.condition.replace("%", "%%"))
            conditions.setdefault(line.column, []).append(sql.SQL("({})").format(condition))
    rows = sql.SQL(" or ").join(conditions.pop("*", [sql.SQL("false")]))
    # A case without a condition is an error.
    cases = [sql.SQL("when null then false")] + [
        sql.SQL("when {} then {}").format(sql.Literal(column), sql.SQL(" or ").join(parts))
        for column, parts in conditions.items()
    ]
    return {"is_row_declared": rows, "is_column_declared": sql.SQL(" ").join(cases)}


def compare_tables(
    cursor: Cursor, pairs: Pairs, fingerprints: Mapping[str, str], changed_events: str, connections: int
) -> Iterator[tuple[str, str]]:
    """Yield each (old, new) pair that differs while history_compared and history_run contain its comparison.

    `fingerprints`: {old, new: typed_fingerprints as JSON}, which select the events to compare unless `changed_events`
    names a relation that lists them. With several connections all pairs are compared before the first is yielded.
    """
    different = {table: pair for table, pair in pairs.items() if differs(cursor, *pair)}
    if connections > 1:
        compare_in_parallel(different, pairs, fingerprints, connections)
    else:
        create_events_to_compare(cursor, "temp table history_events", pairs, fingerprints, changed_events)
    for table, pair in different.items():
        if connections > 1:
            for view, result in (("history_compared", table), ("history_run", f"run of {table}")):
                create_view = sql.SQL("create temp view {} as select * from {}")
                cursor.execute(create_view.format(sql.Identifier(view), sql.Identifier("compared", result)))
            yield pair
            cursor.execute("drop view history_compared, history_run")
        else:
            cursor.execute(COMPARE, (*pair, "history_events", "temp table history_compared"))
            cursor.execute("analyze history_compared")
            if not changed_events:
                cursor.execute(FIND_RUNS, ("history_compared", "temp table history_run"))
            yield pair
            cursor.execute("drop table history_compared; drop table if exists history_run")
    cursor.execute("drop schema if exists compared cascade; drop table if exists history_events")


def differs(cursor: Cursor, old: str, new: str) -> bool:
    """Return False if both names are the same table, or both are signed with the same digest of their rows."""
    query = "select digest from audit.relation where oid = to_regclass(%s)"
    digests = [fetch_value(cursor, query, name) for name in (old, new)]
    return old != new and (None in digests or digests[0] != digests[1])


def create_events_to_compare(
    cursor: Cursor, target: str, pairs: Pairs, fingerprints: Mapping[str, str], changed_events: str = ""
) -> None:
    """Create a table of the events whose rows are compared, empty if `events` is not in `pairs`.

    `target` is the kind and the name of the table, such as `temp table history_events`.
    """
    query: sql.Composable = sql.SQL("select null::text as ev_id limit 0")
    if "events" in pairs and changed_events:
        query = sql.SQL("select ev_id from {}").format(qualified(changed_events))
    elif "events" in pairs:
        old, new = map(qualified, pairs["events"])
        query = sql.SQL(EVENTS_TO_COMPARE).format(old=old, new=new)
    cursor.execute(sql.SQL("create {} as {}").format(sql.SQL(target), query), fingerprints)
    cursor.execute(sql.SQL("analyze {}").format(sql.SQL(target.split()[-1])))


def compare_in_parallel(different: Pairs, pairs: Pairs, fingerprints: Mapping[str, str], connections: int) -> None:
    """Compare the tables on several connections, the largest first, and store the results in schema `compared`."""
    with transaction() as cursor:
        cursor.execute("drop schema if exists compared cascade; create schema compared")
        create_events_to_compare(cursor, "unlogged table compared.events_to_compare", pairs, fingerprints)
        query = "select coalesce(max(rows), 0) from audit.relation where oid = to_regclass(%s)"
        sizes = {table: int(fetch_value(cursor, query, old)) for table, (old, _) in different.items()}
    largest_first = sorted(sizes, key=lambda table: -sizes[table])
    with ThreadPoolExecutor(connections) as pool:
        list(pool.map(lambda table: compare_table(table, *different[table]), largest_first))


def compare_table(table: str, old: str, new: str) -> None:
    """Compare one table on a new connection, and store the rows that differ and the runs in the schema `compared`."""
    with transaction() as cursor:
        cursor.execute(COMPARE, (old, new, "compared.events_to_compare", f'unlogged table compared."{table}"'))
        cursor.execute(FIND_RUNS, (f'compared."{table}"', f'unlogged table compared."run of {table}"'))
        cursor.execute(sql.SQL("analyze {}").format(sql.Identifier("compared", table)))
