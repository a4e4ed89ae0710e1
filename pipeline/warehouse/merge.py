"""Candidates: one published table, put together from the typed files of a snapshot.

Of each event the last file of the snapshot that holds it wins, with all its child rows. Of a lookup table the last file
that has it wins as a whole. Tables of PRE1982's own come from that file alone.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from pipeline.postgres.connection import Cursor, fetch_value, parallel_if_idle, transaction
from pipeline.sources import era_of
from pipeline.warehouse import history, sql_file, table_schema
from pipeline.warehouse.incremental import changed_events, update
from pipeline.warehouse.signatures import drop_if_exists, drop_stale, sign_sums, sum_rows
from targets.relations import Relation

# Full text costs as much as all other tables together, so that these are filled on twice the connections of a step,
# each of which takes its share of every file's rows: keys of the others are made while the words are indexed.
PARALLEL_TABLES = ("narratives",)

# Columns, values, and where they are from, for the vectors of prose that is published word for word.
REUSED_SEARCH_VECTORS = (
    ", search_vector",
    ", known.search_vector",
    """
    left join ntsb.narratives as known
        on known.ev_id = child.ev_id and known.aircraft_key = child.aircraft_key
        and row(known.narr_cause, known.narr_accp, known.narr_inc, known.narr_accf)
        is not distinct from row(child.narr_cause, child.narr_accp, child.narr_inc, child.narr_accf)
    """,
)

# So many columns cost more to describe than the planner gains from them.
WIDE_TABLE_COLUMNS = 100
COARSE_STATISTICS = "set local default_statistics_target = 10"

# The dictionary's words on a column, its title before its definition; of several texts the first in the file.
DICTIONARY_TEXTS = """
select distinct on (lower("table"), lower("column")) lower("table"), lower("column"),
    concat_ws('. ', nullif(btrim(short_desc), ''), nullif(btrim(question_def), ''))
from {schema}.eadmspub_datadictionary
order by lower("table"), lower("column"), source_row
"""


def merge_table(relation: Relation, parents: Sequence[Relation], sources: Sequence[str], connections: int) -> int:
    """Makes candidate.<table> and signs it; `sources` are the files that have it, in order. Returns its rows.

    Where most events stay as readers see them, it is a view over the published table and a revision of the others.
    What a build that was killed leaves behind is not signed, and counts for nothing.
    """
    table = relation.name
    with transaction() as cursor:
        drop_stale(cursor, parents)
        drop_if_exists(cursor, "candidate", table)
        if update.begin(cursor, sources) if table == "events" else update.covers_table(cursor, table):
            create_table(cursor, "revision", table)
            fill_table(cursor, table, sources, update.CHANGED_EVENTS_ONLY)
            analyze_table(cursor, table)
            cursor.execute(table_schema.key_file(table).read_text())
            return update.create_candidate_view(cursor, relation)
        create_table(cursor, "candidate", table)
        if table not in PARALLEL_TABLES:
            fill_table(cursor, table, sources)
            return finish_table(cursor, relation, sources)
        known = can_reuse_search_vectors(cursor, table, sources)
    shares = 2 * connections
    with ThreadPoolExecutor(shares) as pool:
        list(pool.map(lambda share: fill_partition(table, sources, share, shares, known), range(shares)))
    with transaction("candidate", "ntsb", "public") as cursor:
        return finish_table(cursor, relation, sources)


def create_table(cursor: Cursor, schema: str, table: str) -> None:
    """Makes <schema>.<table>, empty, in a transaction whose names are then looked up there first."""
    cursor.execute(f"set local search_path = {schema}, ntsb, public")
    cursor.execute(table_schema.table_file(table).read_text())


def fill_table(cursor: Cursor, table: str, sources: Sequence[str], scope: str = "") -> None:
    """Fills the table from the typed files; in a revision `scope` limits the events, and children follow them."""
    names = table_schema.stored_columns(cursor, table)
    if table == "events":
        fill_events(cursor, names, sources, scope)
    elif table_schema.has_events(cursor, table):
        fill_children(cursor, table, names, sources)
    else:
        for source in last_file_with_rows(cursor, table, sources):
            cursor.execute(f'insert into "{table}" ({names}) select {names} from typed_{source.lower()}."{table}"')


def can_reuse_search_vectors(cursor: Cursor, table: str, sources: Sequence[str]) -> bool:
    """True where the published table is as it was published, and was made as tables are made now: then the full text
    of prose that is still the same need not be worked out again.
    """
    release = fetch_value(cursor, "select id from audit.release where is_current")
    if release is None or not update.is_intact(cursor, [table]):
        return False
    return changed_events.same_code(
        history.release_fingerprints(cursor, release), history.typed_fingerprints(cursor, sources)
    )


def fill_partition(table: str, sources: Sequence[str], share: int, shares: int, known: bool) -> None:
    """Fills in one share of the rows of an event table, on a connection of its own."""
    with transaction("candidate", "ntsb", "public") as cursor:
        # A row without a number goes with the first share, whose table refuses it: none is left out in silence.
        scope = f"where coalesce(child.source_row, 0) % {shares} = {share}"
        names = table_schema.stored_columns(cursor, table)
        fill_children(cursor, table, names, sources, scope, REUSED_SEARCH_VECTORS if known else ("", "", ""))


def finish_table(cursor: Cursor, relation: Relation, sources: Sequence[str]) -> int:
    """Describes, sums, keys and signs candidate.<table>. Returns its rows.

    Keys come last, and of these foreign keys: they keep other tables off the parent until the transaction ends.
    """
    add_comments(cursor, relation.name, sources)
    analyze_table(cursor, relation.name)
    rows, sums = sum_rows(cursor, relation)
    with parallel_if_idle(cursor):
        cursor.execute(table_schema.key_file(relation.name).read_text())
    return sign_sums(cursor, relation, rows, sums)


def analyze_table(cursor: Cursor, table: str) -> None:
    """Tells the planner about the table."""
    if len(table_schema.columns(cursor, table)) > WIDE_TABLE_COLUMNS:
        cursor.execute(COARSE_STATISTICS)
    cursor.execute(f'analyze "{table}"')


def last_file_with_rows(cursor: Cursor, table: str, sources: Sequence[str]) -> list[str]:
    """The last file whose table is not empty, alone in a list; an empty list where all are."""
    for source in reversed(sources):
        if fetch_value(cursor, f'select exists (select from typed_{source.lower()}."{table}")'):
            return [source]
    return []


def fill_events(cursor: Cursor, names: str, sources: Sequence[str], scope: str) -> None:
    """Of each event in scope the last file that holds it. A weekly row belongs to the era of its date."""
    for place, source in enumerate(sources):
        cursor.execute(
            f"insert into events ({names}) select {names} from typed_{source.lower()}.events as typed "
            f"{scope or 'where true'} and {changed_events.is_latest_edition(sources, place)}"
        )
    for source in sources:
        if era_of(source).is_weekly(source):
            query = "update events set era = 'pre2008' where source_file = %s and ev_date < '2008-01-01'"
            cursor.execute(query, (source,))


def fill_children(
    cursor: Cursor,
    table: str,
    names: str,
    sources: Sequence[str],
    scope: str = "",
    also: tuple[str, str, str] = ("", "", ""),
) -> None:
    """Rows in scope whose event is published from the same file; they take their event's era.

    `also` names further columns, their values, and where these are from.
    """
    items = names.replace('"era"', "events.era").replace('"', "")
    typed = ", ".join("events.era" if item == "events.era" else f'child."{item}"' for item in items.split(", "))
    for source in sources:
        cursor.execute(
            f"""
            insert into "{table}" ({names} {also[0]})
            select {typed} {also[1]}
            from typed_{source.lower()}."{table}" as child
            inner join events on events.ev_id = child.ev_id and events.source_file = child.source_file
            {also[2]}
            {scope}
            """
        )


def add_comments(cursor: Cursor, table: str, sources: Sequence[str]) -> None:
    """Comments NTSB's columns in the words of the dictionary inside the newest file that has one."""
    schemas = [f"typed_{source.lower()}" for source in sources]
    schema = next(
        (s for s in reversed(schemas) if fetch_value(cursor, "select to_regclass(%s)", f"{s}.eadmspub_datadictionary")),
        None,
    )
    if schema is None:
        return
    cursor.execute(DICTIONARY_TEXTS.format(schema=schema))
    words = {(table, column): text for table, column, text in cursor.fetchall()}
    renamed = sql_file.annotations(table_schema.table_file(table), "source")
    for column in table_schema.columns(cursor, table):
        text = words.get((table, renamed.get(column.name, column.name)))
        if text and not column.derived:
            cursor.execute(f'comment on column "{table}"."{column.name}" is %s', (text,))
