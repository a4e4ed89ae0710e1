"""Row accounting: what happened to every row and every column of every source file of a snapshot."""

import csv
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

from psycopg2.extras import execute_values
from psycopg2.sql import SQL, Composable, Identifier, Literal

from pipeline.postgres.connection import Cursor, run_in_shared_snapshot
from pipeline.sources import Era, era_of
from pipeline.warehouse import cast, column_comments, editions, table_schema
from pipeline.warehouse.quality import parity
from pipeline.warehouse.raw_names import raw_schema, typed_schema

TABLES = {
    "row_conservation": """
        create table row_conservation (
            source_file text, source_table text, rows_in bigint, rows_published bigint, rows_quarantined bigint,
            rows_superseded bigint, primary key (source_file, source_table)
        );
        comment on table row_conservation is
        'One row per table of each source file: rows in = published + quarantined + superseded by a newer file.'
    """,
    "source_edition": """
        create table source_edition (
            source_file text primary key, kind text, newest_change timestamp, events bigint, events_published bigint,
            events_superseded bigint, events_withdrawn bigint
        );
        comment on table source_edition is
        'One row per source file: kind (era of a database, or weekly), newest lchg_date, and what became of its events.'
    """,
    "quarantine": """
        create table quarantine (
            source_file text, source_table text, source_row bigint, reason text, detail text, raw jsonb,
            primary key (source_file, source_table, source_row)
        );
        comment on table quarantine is 'One row per source row that is not published, with its reason and its raw text.'
    """,
    "flag": """
        create table flag (
            source_file text, source_table text, source_row bigint, key text, flag text, source_column text, value text
        );
        comment on table flag is
        'One row per flagged value of a source row: the rule that flags it, the key of the row, the raw text.'
    """,
    "unknown_code": """
        create table unknown_code (
            source_file text, source_table text, source_column text, code text, uses bigint,
            primary key (source_file, source_table, source_column, code)
        );
        comment on table unknown_code is
        'One row per code since 1982 that the code lists of its file do not explain; code_supplement has reviewed ones.'
    """,
    "column_ledger": """
        create table column_ledger (
            source_file text, source_table text, source_column text, fate text, target text, reason text,
            values_in bigint, values_lost bigint, lost_examples text,
            primary key (source_file, source_table, source_column)
        );
        comment on table column_ledger is
        'One row per column of each source file: fate (typed, derived, or raw: kept as text only), target, and reason.';
        comment on column column_ledger.values_in is
        'Values of the column in the file, without blank text; null for columns that stay text.';
        comment on column column_ledger.values_lost is
        'Values that cannot be cast to the type of the column and are published as null.';
        comment on column column_ledger.lost_examples is 'Up to three of the lost values, as JSON strings.';
    """,
    "source_parity": parity.CREATE_TABLE,
}

# The queries below return: what is counted, table, source file, number of rows.
PUBLISHED_ROWS = "select 'published', {name}, source_file, count(*) from {table} group by source_file"

# Rows of the events of this file that another file publishes, or that a newer database withdraws.
SUPERSEDED = """
with superseded as materialized (
    select typed.ev_id
    from {events} as typed
    left join events on events.ev_id = typed.ev_id
    where events.source_file <> {source} or (events.ev_id is null and {era} = any({newer}::text []))
)

{counts}
"""
SUPERSEDED_EVENT_ROWS = """
select 'superseded', {name}, {source}, count(*) from {typed}
where ev_id in (select ev_id from superseded)
"""
# A table without events is published from one file as a whole.
WHOLE_TABLE_ROWS = "select 'cast', {name}, {source}, count(*) from {typed}"

FLAG_SHARED_EVENTS = """
insert into flag
select %(source)s, 'events', newer.source_row, newer.ev_id, 'event_in_both_files', 'ev_id', newer.ev_id
from {newer} as newer
inner join {older} as older on older.ev_id = newer.ev_id
"""

# Columns of a file, with the losses of those that are cast; cast_loss has the names of tables in NTSB's spelling, from
# which those in the file may differ in case.
LISTED_COLUMNS = """
select inventory.source_table, inventory.source_column, inventory.raw_table, inventory.raw_column,
    cast_loss.values_in, cast_loss.values_lost, cast_loss.examples
from {raw}.inventory
left join {typed}.cast_loss
    on lower(cast_loss.source_table) = inventory.raw_table and cast_loss.source_column = inventory.raw_column
"""

INSERT_EDITION = """
insert into source_edition
select
    %(source)s, %(kind)s, %(newest)s, count(typed.ev_id),
    count(*) filter (where events.source_file = %(source)s),
    count(*) filter (where events.source_file <> %(source)s),
    count(typed.ev_id) filter (where events.ev_id is null)
from {typed} as typed
left join events on events.ev_id = typed.ev_id
"""

# {(published, superseded or cast; table; source): rows}
Counts = Counter[tuple[str, str, str]]


def create_accounts(cursor: Cursor, sources: Sequence[str], connections: int) -> None:
    """Create and fill the tables, in the first schema of the search_path, which must be `candidate`."""
    for name, statement in TABLES.items():
        cursor.execute(SQL("drop table if exists {} cascade").format(Identifier("candidate", name)))
        cursor.execute(statement)
    column_comments.comment_records(cursor, TABLES)
    changes = editions.newest_changes(cursor, sources)
    counts = count_rows(cursor, changes, connections)
    for source in sources:
        era = era_of(source)
        execute_values(cursor, "insert into row_conservation values %s", reconcile_file(cursor, source, era, counts))
        events = Identifier(typed_schema(source), "events")
        kind = editions.database_era(source) or "weekly"
        values = {"source": source, "kind": kind, "newest": changes[source]}
        cursor.execute(SQL(INSERT_EDITION).format(typed=events), values)
        for name, copied in (("quarantine", "copied.*"), ("flag", "copied.*"), ("unknown_code", "%s, copied.*")):
            names = {"name": Identifier(name), "typed": Identifier(typed_schema(source), name), "values": SQL(copied)}
            insert = SQL("insert into {name} select {values} from {typed} as copied").format(**names)
            cursor.execute(insert, (source,) if "%s" in copied else None)
        execute_values(cursor, "insert into column_ledger values %s", list_columns(cursor, source, era), page_size=1000)
    flag_shared_events(cursor, [source for source in sources if not era_of(source).is_weekly(source)])
    parity.compare_sources(cursor, sources)


def flag_shared_events(cursor: Cursor, sources: Sequence[str]) -> None:
    """Flag events that databases of two eras contain; weekly files, which repeat events by design, must not be among
    these.
    """
    pairs = [(newer, older) for index, newer in enumerate(sources) for older in sources[:index]]
    for newer, older in [(newer, older) for newer, older in pairs if era_of(newer) != era_of(older)]:
        events = {
            "newer": Identifier(typed_schema(newer), "events"),
            "older": Identifier(typed_schema(older), "events"),
        }
        cursor.execute(SQL(FLAG_SHARED_EVENTS).format(**events), {"source": newer})


def count_rows(cursor: Cursor, changes: Mapping[str, datetime | None], connections: int) -> Counts:
    """Return {(what is counted, table, source): rows}, counted on several connections that share one snapshot.

    `changes`: {source: its newest change}.
    """
    sources = list(changes)
    tables = {table for source in sources for table in era_of(source).tables.values()}
    queries = [superseded_query(cursor, source, editions.newer_databases(source, changes)) for source in sources]
    queries += [SQL(PUBLISHED_ROWS).format(name=Literal(table), table=Identifier(table)) for table in sorted(tables)]
    results = run_in_shared_snapshot(fetch_counts, queries, connections, ("candidate", "ntsb"), {})
    return Counter({(kind, table, source): rows for counts in results for kind, table, source, rows in counts})


def fetch_counts(cursor: Cursor, query: Composable) -> list[tuple[str, str, str, int]]:
    """Return the rows of one query: (what is counted, table, source, number of rows)."""
    cursor.execute(query)
    return cursor.fetchall()


def superseded_query(cursor: Cursor, source: str, newer: Sequence[str]) -> Composable:
    """Return the query that counts the superseded rows of a file, which are not computed as the remainder.

    `newer`: the eras that a newer database covers.
    """
    schema = typed_schema(source)
    counts = SQL(" union all ").join(
        SQL(SUPERSEDED_EVENT_ROWS if table_schema.has_events(cursor, table) else WHOLE_TABLE_ROWS).format(
            name=Literal(table), source=Literal(source), typed=Identifier(schema, table)
        )
        for table in era_of(source).tables.values()
    )
    return SQL(SUPERSEDED).format(
        events=Identifier(schema, "events"),
        source=Literal(source),
        era=editions.era_expression(source),
        newer=Literal(newer),
        counts=counts,
    )


def reconcile_file(cursor: Cursor, source: str, era: Era, counts: Counts) -> list[tuple[str, str, int, int, int, int]]:
    """Return the file's rows of row_conservation: (source, table, rows in, published, quarantined, superseded)."""
    inventory, quarantine = Identifier(raw_schema(source), "inventory"), Identifier(typed_schema(source), "quarantine")
    cursor.execute(SQL("select raw_table, coalesce(max(rows_in), 0) from {} group by raw_table").format(inventory))
    rows_in = Counter(dict(cursor.fetchall()))
    cursor.execute(SQL("select source_table, count(*) from {} group by source_table").format(quarantine))
    quarantined = Counter(dict(cursor.fetchall()))
    rows = []
    for name, table in era.tables.items():
        published = counts["published", table, source]
        superseded = counts["superseded", table, source] + (0 if published else counts["cast", table, source])
        rows.append((source, name, rows_in[table], published, quarantined[name], superseded))
    return rows


def list_columns(cursor: Cursor, source: str, era: Era) -> list[tuple[str | int | None, ...]]:
    """Return the file's rows of column_ledger, one per column, as in TABLES."""
    derived = read_derived_columns(era)
    targets = {
        (table, cast.source_column(table, column.name)): f"ntsb.{table}.{column.name}"
        for table in era.tables.values()
        for column in cast.source_columns(table_schema.columns(cursor, table))
    }
    schemas = {"raw": Identifier(raw_schema(source)), "typed": Identifier(typed_schema(source))}
    cursor.execute(SQL(LISTED_COLUMNS).format(**schemas))
    rows: list[tuple[str | int | None, ...]] = []
    for name, column, raw_table, raw_column, *losses in cursor.fetchall():
        target = targets.get((raw_table, raw_column))
        derived_targets, rules = derived.get((name, column), ("", ""))
        if derived_targets:
            fate = ("derived", derived_targets, f"{rules}; its own value in {target}" if target else rules)
        elif rules:
            fate = ("raw", f"{raw_schema(source)}.{raw_table}", rules)
        elif target:
            fate = ("typed", target, "in the table schema")
        else:
            raw_target = f"{raw_schema(source)}.{raw_table}.{raw_column}"
            fate = ("raw", raw_target, "not in the table schema: new in this file, kept as text")
        rows.append((source, name, column, *fate, *losses))
    return rows


def read_derived_columns(era: Era) -> dict[tuple[str, str], tuple[str, str]]:
    """Return {(source table, column): (targets, rules)} from the era's derived.csv, empty if there is no such file."""
    path = era.folder / "derived.csv"
    derived: dict[tuple[str, str], tuple[str, str]] = {}
    if path.exists():
        with path.open(newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                key = (row["source_table"], row["source_column"])
                targets, rules = derived.get(key, ("", ""))
                derived[key] = (join_unique(targets, row["target"]), join_unique(rules, row["rule"]))
    return derived


def join_unique(text: str, item: str) -> str:
    """Return a list separated by semicolons with the item appended, unless it is in the list already."""
    return text if item in text.split("; ") else "; ".join(part for part in (text, item) if part)
