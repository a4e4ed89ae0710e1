"""Row accounting: what happened to every row and every column of every source file of a snapshot."""

import csv
from collections import Counter
from collections.abc import Sequence

from psycopg2.extras import execute_values

from pipeline.postgres.connection import Cursor, run_in_shared_snapshot
from pipeline.sources import Era, era_of
from pipeline.warehouse import cast, editions, table_schema

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
        'One row per accused value of a source row: the rule that accuses it, the key of the row, the raw text.'
    """,
    "column_ledger": """
        create table column_ledger (
            source_file text, source_table text, source_column text, fate text, target text, reason text,
            primary key (source_file, source_table, source_column)
        );
        comment on table column_ledger is
        'One row per column of each source file: typed, derived, landed or not carried, where to, and why.'
    """,
}

# The queries below return: what is counted, table, source file, number of rows.
PUBLISHED_ROWS = """select 'published', '{table}', source_file, count(*) from "{table}" group by source_file"""

# Rows of the events of this file that another file publishes, or that a newer database withdraws.
SUPERSEDED = """
with superseded as materialized (
    select typed.ev_id
    from {typed}.events as typed
    left join events on events.ev_id = typed.ev_id
    where events.source_file <> '{source}' or (events.ev_id is null and {era} = any('{{{newer}}}'))
)

{counts}
"""
SUPERSEDED_EVENT_ROWS = """
select 'superseded', '{table}', '{source}', count(*) from {typed}."{table}"
where ev_id in (select ev_id from superseded)
"""
# A table without events is published from one file as a whole.
WHOLE_TABLE_ROWS = """select 'cast', '{table}', '{source}', count(*) from {typed}."{table}" """

FLAG_SHARED_EVENTS = """
insert into flag
select %(source)s, 'events', newer.source_row, newer.ev_id, 'event_in_both_files', 'ev_id', newer.ev_id
from typed_{newer}.events as newer
inner join typed_{older}.events as older on older.ev_id = newer.ev_id
"""

INSERT_EDITION = """
insert into source_edition
select
    %(source)s, %(kind)s, max(typed.lchg_date), count(typed.ev_id),
    count(*) filter (where events.source_file = %(source)s),
    count(*) filter (where events.source_file <> %(source)s),
    count(typed.ev_id) filter (where events.ev_id is null)
from typed_{name}.events as typed
left join events on events.ev_id = typed.ev_id
"""

# {(published, superseded or cast; table; source): rows}
Counts = Counter[tuple[str, str, str]]


def create_accounts(cursor: Cursor, sources: Sequence[str], connections: int) -> None:
    """Creates and fills the tables, in the first schema of the search_path, which must be `candidate`."""
    for name, statement in TABLES.items():
        cursor.execute(f"drop table if exists candidate.{name} cascade;{statement}")
    counts = count_rows(cursor, sources, connections)
    for source in sources:
        era = era_of(source)
        execute_values(cursor, "insert into row_conservation values %s", reconcile_file(cursor, source, era, counts))
        kind = editions.database_era(source) or "weekly"
        cursor.execute(INSERT_EDITION.format(name=source.lower()), {"source": source, "kind": kind})
        cursor.execute(f"insert into quarantine select * from typed_{source.lower()}.quarantine")
        cursor.execute(f"insert into flag select * from typed_{source.lower()}.flag")
        execute_values(cursor, "insert into column_ledger values %s", list_columns(cursor, source, era), page_size=1000)
    flag_shared_events(cursor, [source for source in sources if not era_of(source).is_weekly(source)])


def flag_shared_events(cursor: Cursor, sources: Sequence[str]) -> None:
    """Flags events that two databases contain; weekly files, which repeat events by design, must not be among these."""
    for newer, older in ((newer, older) for index, newer in enumerate(sources) for older in sources[:index]):
        cursor.execute(FLAG_SHARED_EVENTS.format(newer=newer.lower(), older=older.lower()), {"source": newer})


def count_rows(cursor: Cursor, sources: Sequence[str], connections: int) -> Counts:
    """Returns {(what is counted, table, source): rows}, counted on several connections that share one snapshot."""
    tables = {table for source in sources for table in era_of(source).tables.values()}
    changes = editions.newest_changes(cursor, sources)
    queries = [superseded_query(cursor, source, editions.newer_databases(source, changes)) for source in sources]
    queries += [PUBLISHED_ROWS.format(table=table) for table in sorted(tables)]
    results = run_in_shared_snapshot(fetch_counts, queries, connections, ("candidate", "ntsb"), {})
    return Counter({(kind, table, source): rows for counts in results for kind, table, source, rows in counts})


def fetch_counts(cursor: Cursor, query: str) -> list[tuple[str, str, str, int]]:
    """Returns the rows of one query: (what is counted, table, source, number of rows)."""
    cursor.execute(query)
    return cursor.fetchall()


def superseded_query(cursor: Cursor, source: str, newer: Sequence[str]) -> str:
    """Returns the query that counts the superseded rows of a file, which are not computed as the remainder.

    `newer`: the eras that a newer database covers.
    """
    typed = f"typed_{source.lower()}"
    counts = " union all ".join(
        (SUPERSEDED_EVENT_ROWS if table_schema.has_events(cursor, table) else WHOLE_TABLE_ROWS).format(
            table=table, source=source, typed=typed
        )
        for table in era_of(source).tables.values()
    )
    era = editions.era_expression(source)
    return SUPERSEDED.format(typed=typed, source=source, era=era, newer=",".join(newer), counts=counts)


def reconcile_file(cursor: Cursor, source: str, era: Era, counts: Counts) -> list[tuple[str, str, int, int, int, int]]:
    """Returns the file's rows of row_conservation: (source, table, rows in, published, quarantined, superseded)."""
    raw, typed = f"raw_{source.lower()}", f"typed_{source.lower()}"
    cursor.execute(f"select raw_table, coalesce(max(rows_in), 0) from {raw}.inventory group by raw_table")
    rows_in = Counter(dict(cursor.fetchall()))
    cursor.execute(f"select source_table, count(*) from {typed}.quarantine group by source_table")
    quarantined = Counter(dict(cursor.fetchall()))
    rows = []
    for name, table in era.tables.items():
        published = counts["published", table, source]
        superseded = counts["superseded", table, source] + (0 if published else counts["cast", table, source])
        rows.append((source, name, rows_in[table], published, quarantined[name], superseded))
    return rows


def list_columns(cursor: Cursor, source: str, era: Era) -> list[tuple[str, ...]]:
    """Returns the file's rows of column_ledger, one per column: (source, table, column, fate, target, reason)."""
    derived = read_derived_columns(era)
    targets = {
        (table, cast.source_column(table, column.name)): f"ntsb.{table}.{column.name}"
        for table in era.tables.values()
        for column in cast.source_columns(table_schema.columns(cursor, table))
    }
    cursor.execute(f"select source_table, source_column, raw_table, raw_column from raw_{source.lower()}.inventory")
    rows: list[tuple[str, ...]] = []
    for name, column, raw_table, raw_column in cursor.fetchall():
        target = targets.get((raw_table, raw_column))
        if (name, column) in derived:
            derived_targets, derived_rules = derived[name, column]
            reason = f"{derived_rules}; its own value in {target}"
            rows.append((source, name, column, "derived", derived_targets, reason))
        elif target:
            rows.append((source, name, column, "typed", target, "read by the contract"))
        else:
            raw_target = f"raw_{source.lower()}.{raw_table}.{raw_column}"
            rows.append(
                (source, name, column, "landed", raw_target, "not in the contract: new in this file, kept as text")
            )
    return rows


def read_derived_columns(era: Era) -> dict[tuple[str, str], tuple[str, str]]:
    """Returns {(source table, column): (targets, rules)} from the era's derived.csv, empty if there is no such file."""
    path = era.folder / "derived.csv"
    derived: dict[tuple[str, str], tuple[str, str]] = {}
    if path.exists():
        with path.open(newline="") as file:
            for row in csv.DictReader(file):
                key = (row["source_table"], row["source_column"])
                targets, rules = derived.get(key, ("", ""))
                derived[key] = (join_unique(targets, row["target"]), join_unique(rules, row["rule"]))
    return derived


def join_unique(text: str, item: str) -> str:
    """Returns a list separated by semicolons with the item appended, unless it is in the list already."""
    return text if item in text.split("; ") else "; ".join(part for part in (text, item) if part)
