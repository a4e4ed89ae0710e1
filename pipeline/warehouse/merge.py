"""Merge: build the candidate of one published table from the cast files of a snapshot.

Each event comes from the file with its newest edition (see `editions`), with all its child rows. A lookup table comes,
as a whole, from the last file of the snapshot in which it has rows. The tables of PRE1982 come from that file only.
Then reviewed corrections are applied (see `overlay`).
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from psycopg2.sql import SQL, Composable, Identifier, Literal

from pipeline.postgres.connection import Cursor, fetch_value, parallel_if_idle, relation_exists, transaction
from pipeline.warehouse import column_comments, editions, history, incremental, sql_file, table_schema
from pipeline.warehouse.overlay.published import correct_rows
from pipeline.warehouse.raw_names import typed_schema
from pipeline.warehouse.signatures import drop_if_exists, drop_stale, sign_sums, sum_rows
from targets.relations import Relation

# Computing full text takes as long as building all other tables, so these tables are filled in partitions, on twice as
# many connections as other tasks use: while some compute full text, others are free to build keys.
PARALLEL_TABLES = ("narratives",)

# Additional columns, their values and a join: the search vector of a published narrative with the same text.
REUSED_SEARCH_VECTORS = (
    ", search_vector",
    ", published.search_vector",
    """
    left join ntsb.narratives as published
        on published.ev_id = child.ev_id and published.aircraft_key = child.aircraft_key
        and row(published.narr_cause, published.narr_accp, published.narr_inc, published.narr_accf)
        is not distinct from row(child.narr_cause, child.narr_accp, child.narr_inc, child.narr_accf)
    """,
)

# Frequent values to collect of a column: more cost more time than the planner saves, above all in wide tables.
WIDE_TABLE_COLUMNS = 100
STATISTICS = "set local default_statistics_target = 40"
COARSE_STATISTICS = "set local default_statistics_target = 10"

# Title and definition of each column in NTSB's data dictionary; if it has several texts, the first in the file.
DICTIONARY_TEXTS = """
select distinct on (lower("column"))
    lower("column"), concat_ws('. ', nullif(btrim(short_desc), ''), nullif(btrim(question_def), ''))
from {}
where lower("table") = %s and "column" is not null
order by lower("column"), source_row
"""


def merge_table(relation: Relation, read: Sequence[Relation], sources: Sequence[str], connections: int) -> int:
    """Create and sign candidate.<table>, and return its number of rows.

    `read`: its parents and the evaluated corrections; `sources`: files with this table, in order.

    If few events have changed, it is a view over the published table and the new rows (see `incremental`). If the build
    is killed, the table is not signed and does not count as complete.
    """
    table = relation.name
    with transaction() as cursor:
        drop_stale(cursor, read)
        drop_if_exists(cursor, "candidate", table)
        if table == "events":
            editions.create_latest(cursor, sources)
        # The table of events is the parent of all others: it decides how these are built.
        if incremental.begin(cursor, sources) if table == "events" else incremental.covers_table(cursor, table):
            create_table(cursor, incremental.SCHEMA, table)
            fill_table(cursor, table, sources)
            correct_rows(cursor, table)
            analyze_table(cursor, table)
            cursor.execute(table_schema.key_file(table).read_text(encoding="utf-8"))
            return incremental.create_candidate_view(cursor, relation)
        create_table(cursor, "candidate", table)
        if table not in PARALLEL_TABLES:
            fill_table(cursor, table, sources)
            return finish_table(cursor, relation, sources)
        reuse = can_reuse_search_vectors(cursor, table, sources)
    count = 2 * connections
    with ThreadPoolExecutor(count) as pool:
        list(pool.map(lambda index: fill_partition(table, sources, index, count, reuse), range(count)))
    with transaction("candidate", "ntsb", "public") as cursor:
        return finish_table(cursor, relation, sources)


def create_table(cursor: Cursor, schema: str, table: str) -> None:
    """Create <schema>.<table>, empty, and put the schema first on the transaction's search_path."""
    cursor.execute(SQL("set local search_path = {}, ntsb, public").format(Identifier(schema)))
    cursor.execute(table_schema.table_file(table).read_text(encoding="utf-8"))


def fill_table(cursor: Cursor, table: str, sources: Sequence[str]) -> None:
    """Fill the table from the cast files; child rows follow their events."""
    columns = table_schema.stored_columns(cursor, table)
    names = table_schema.column_list(columns)
    if table == "events":
        fill_events(cursor, columns, sources)
    elif table_schema.has_events(cursor, table):
        fill_children(cursor, table, columns, sources)
    else:
        source = editions.last_source_with_rows(cursor, table, sources)
        if source is not None:
            copied = {"table": Identifier(table), "names": names, "typed": Identifier(typed_schema(source), table)}
            cursor.execute(SQL("insert into {table} ({names}) select {names} from {typed}").format(**copied))


def can_reuse_search_vectors(cursor: Cursor, table: str, sources: Sequence[str]) -> bool:
    """Return True if the published table has not been modified and was built by the same code.

    Search vectors of narratives with the same text can then be copied from it.
    """
    release = fetch_value(cursor, "select id from audit.release where is_current")
    if release is None or not incremental.is_intact(cursor, [table]):
        return False
    return incremental.same_code(
        history.release_fingerprints(cursor, release), history.typed_fingerprints(cursor, sources)
    )


def fill_partition(table: str, sources: Sequence[str], index: int, count: int, reuse: bool) -> None:
    """Insert partition `index` of `count` of the rows of a table with events, on a new connection.

    `reuse` copies search vectors of published narratives instead of computing them.
    """
    with transaction("candidate", "ntsb", "public") as cursor:
        # A row without a number is in partition 0, where NOT NULL rejects it: it must not be dropped silently.
        scope = SQL("where coalesce(child.source_row, 0) % {} = {}").format(Literal(count), Literal(index))
        columns = table_schema.stored_columns(cursor, table)
        fill_children(cursor, table, columns, sources, scope, REUSED_SEARCH_VECTORS if reuse else ("", "", ""))


def finish_table(cursor: Cursor, relation: Relation, sources: Sequence[str]) -> int:
    """Correct, comment, analyze and sign candidate.<table>, create its keys, and return its number of rows.

    Keys come last, and foreign keys after the others: creating one locks the parent until the transaction ends.
    """
    correct_rows(cursor, relation.name)
    add_comments(cursor, relation.name, sources)
    analyze_table(cursor, relation.name)
    rows, sums = sum_rows(cursor, relation)
    with parallel_if_idle(cursor):
        cursor.execute(table_schema.key_file(relation.name).read_text(encoding="utf-8"))
    return sign_sums(cursor, relation, rows, sums)


def analyze_table(cursor: Cursor, table: str) -> None:
    """Collect statistics of the table for the planner; coarse ones if it has many columns."""
    is_wide = len(table_schema.columns(cursor, table)) > WIDE_TABLE_COLUMNS
    cursor.execute(COARSE_STATISTICS if is_wide else STATISTICS)
    cursor.execute(SQL("analyze {}").format(Identifier(table)))


def fill_events(cursor: Cursor, names: Sequence[str], sources: Sequence[str]) -> None:
    """Insert the event of each row of latest_edition, the table of editions.create_latest, with its era."""
    values = SQL(", ").join(Identifier("latest" if name == "era" else "typed", name) for name in names)
    query = """
        insert into events ({names})
        select {values}
        from {typed} as typed
        inner join latest_edition as latest on latest.ev_id = typed.ev_id and latest.source_file = typed.source_file
        """
    for source in sources:
        typed = Identifier(typed_schema(source), "events")
        cursor.execute(SQL(query).format(names=table_schema.column_list(names), values=values, typed=typed))


def fill_children(
    cursor: Cursor,
    table: str,
    names: Sequence[str],
    sources: Sequence[str],
    scope: Composable | None = None,
    extra: tuple[str, str, str] = ("", "", ""),
) -> None:
    """Insert the rows in scope whose event comes from the same file, with the era of their event.

    `extra`: additional columns, their values, and a join that provides these.
    """
    columns = [Identifier("events" if name == "era" else "child", name) for name in names]
    added_columns, added_values, join = map(SQL, extra)
    for source in sources:
        cursor.execute(
            SQL("""
            insert into {table} ({names} {added_columns})
            select {values} {added_values}
            from {typed} as child
            inner join events on events.ev_id = child.ev_id and events.source_file = child.source_file
            {join}
            {scope}
            """).format(
                table=Identifier(table),
                names=table_schema.column_list(names),
                added_columns=added_columns,
                values=SQL(", ").join(columns),
                added_values=added_values,
                typed=Identifier(typed_schema(source), table),
                join=join,
                scope=scope or SQL(""),
            )
        )


def add_comments(cursor: Cursor, table: str, sources: Sequence[str]) -> None:
    """Comment the columns of a table on the search_path: our description, then the text of NTSB's data dictionary."""
    dictionary = dictionary_texts(cursor, table, sources)
    source_names = sql_file.annotations(table_schema.table_file(table), "source")
    descriptions = column_comments.descriptions(table)
    texts: dict[str, str] = {}
    for column in table_schema.columns(cursor, table):
        text = "" if column.derived else dictionary.get(source_names.get(column.name, column.name), "")
        parts = (descriptions.get(column.name, ""), text and f"NTSB's dictionary: {text}")
        texts[column.name] = " ".join(filter(None, parts))
    column_comments.comment_columns(cursor, table, texts)


def dictionary_texts(cursor: Cursor, table: str, sources: Sequence[str]) -> dict[str, str]:
    """Return {column: text} of the table from the last source whose data dictionary has it; empty without one."""
    for schema in map(typed_schema, reversed(sources)):
        if relation_exists(cursor, f"{schema}.eadmspub_datadictionary"):
            cursor.execute(SQL(DICTIONARY_TEXTS).format(Identifier(schema, "eadmspub_datadictionary")), (table,))
            if rows := cursor.fetchall():
                return dict(rows)
    return {}
