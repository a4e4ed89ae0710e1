"""Candidates: one published table, put together from the typed files of a snapshot.

Of each event the last file of the snapshot that holds it wins, with all its child rows. Of a lookup table the last file
that has it wins as a whole. Tables of PRE1982's own come from that file alone.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from pipeline.eras import era_of
from pipeline.postgres import Cursor, scalar, spare_worker, transaction
from pipeline.relations import contract, history, revising, touching
from pipeline.relations.signing import clear, clear_stale, sign_sums, sum_table
from targets.relations import Relation

# Full text costs as much as all other tables together, so that these are filled on twice the connections of a step,
# each of which takes its share of every file's rows: keys of the others are made while the words are indexed.
SPREAD = ("narratives",)

# Columns, values, and where they are from, for the vectors of prose that is published word for word.
KNOWN_WORDS = (
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
WIDE = 100
COARSE = "set local default_statistics_target = 10"

# The dictionary's words on a column, its title before its definition; of several texts the first in the file.
WORDS = """
select distinct on (lower("table"), lower("column")) lower("table"), lower("column"),
    concat_ws('. ', nullif(btrim(short_desc), ''), nullif(btrim(question_def), ''))
from {schema}.eadmspub_datadictionary
order by lower("table"), lower("column"), source_row
"""


def build(relation: Relation, parents: Sequence[Relation], sources: Sequence[str], connections: int) -> int:
    """Makes candidate.<table> and signs it; `sources` are the files that have it, in order. Returns its rows.

    Where most events stay as readers see them, it is a view over the published table and a revision of the others.
    What a build that was killed leaves behind is not signed, and counts for nothing.
    """
    table = relation.name
    with transaction() as cursor:
        clear_stale(cursor, parents)
        clear(cursor, "candidate", table)
        if revising.begin(cursor, sources) if table == "events" else revising.is_for(cursor, table):
            make(cursor, "revision", table)
            fill(cursor, table, sources, revising.SCOPE)
            describe(cursor, table)
            cursor.execute(contract.key_file(table).read_text())
            return revising.stand_in(cursor, relation)
        make(cursor, "candidate", table)
        if table not in SPREAD:
            fill(cursor, table, sources)
            return finish(cursor, relation, sources)
        known = knows_words(cursor, table, sources)
    shares = 2 * connections
    with ThreadPoolExecutor(shares) as pool:
        list(pool.map(lambda share: fill_share(table, sources, share, shares, known), range(shares)))
    with transaction("candidate", "ntsb", "public") as cursor:
        return finish(cursor, relation, sources)


def make(cursor: Cursor, schema: str, table: str) -> None:
    """Makes <schema>.<table>, empty, in a transaction whose names are then looked up there first."""
    cursor.execute(f"set local search_path = {schema}, ntsb, public")
    cursor.execute(contract.table_file(table).read_text())


def fill(cursor: Cursor, table: str, sources: Sequence[str], scope: str = "") -> None:
    """Fills the table from the typed files; in a revision `scope` limits the events, and children follow them."""
    names = contract.written(cursor, table)
    if table == "events":
        fill_events(cursor, names, sources, scope)
    elif contract.is_event_table(cursor, table):
        fill_children(cursor, table, names, sources)
    else:
        for source in newest_with_rows(cursor, table, sources):
            cursor.execute(f'insert into "{table}" ({names}) select {names} from typed_{source.lower()}."{table}"')


def knows_words(cursor: Cursor, table: str, sources: Sequence[str]) -> bool:
    """True where the published table is as it was published, and was made as tables are made now: then the full text
    of prose that is still the same need not be worked out again.
    """
    release = scalar(cursor, "select id from audit.release where is_current")
    if release is None or not revising.is_intact(cursor, [table]):
        return False
    return touching.is_alike(history.stamps_of(cursor, release), history.typed_stamps(cursor, sources))


def fill_share(table: str, sources: Sequence[str], share: int, shares: int, known: bool) -> None:
    """Fills in one share of the rows of an event table, on a connection of its own."""
    with transaction("candidate", "ntsb", "public") as cursor:
        # A row without a number goes with the first share, whose table refuses it: none is left out in silence.
        scope = f"where coalesce(child.source_row, 0) % {shares} = {share}"
        names = contract.written(cursor, table)
        fill_children(cursor, table, names, sources, scope, KNOWN_WORDS if known else ("", "", ""))


def finish(cursor: Cursor, relation: Relation, sources: Sequence[str]) -> int:
    """Describes, sums, keys and signs candidate.<table>. Returns its rows.

    Keys come last, and of these foreign keys: they keep other tables off the parent until the transaction ends.
    """
    comment(cursor, relation.name, sources)
    describe(cursor, relation.name)
    rows, sums = sum_table(cursor, relation)
    with spare_worker(cursor):
        cursor.execute(contract.key_file(relation.name).read_text())
    return sign_sums(cursor, relation, rows, sums)


def describe(cursor: Cursor, table: str) -> None:
    """Tells the planner about the table."""
    if len(contract.columns(cursor, table)) > WIDE:
        cursor.execute(COARSE)
    cursor.execute(f'analyze "{table}"')


def newest_with_rows(cursor: Cursor, table: str, sources: Sequence[str]) -> list[str]:
    """The last file whose table is not empty, alone in a list; an empty list where all are."""
    for source in reversed(sources):
        if scalar(cursor, f'select exists (select from typed_{source.lower()}."{table}")'):
            return [source]
    return []


def fill_events(cursor: Cursor, names: str, sources: Sequence[str], scope: str) -> None:
    """Of each event in scope the last file that holds it. A weekly row belongs to the era of its date."""
    for place, source in enumerate(sources):
        cursor.execute(
            f"insert into events ({names}) select {names} from typed_{source.lower()}.events as typed "
            f"{scope or 'where true'} and {touching.is_last_word(sources, place)}"
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


def comment(cursor: Cursor, table: str, sources: Sequence[str]) -> None:
    """Comments NTSB's columns in the words of the dictionary inside the newest file that has one."""
    schemas = [f"typed_{source.lower()}" for source in sources]
    schema = next(
        (s for s in reversed(schemas) if scalar(cursor, "select to_regclass(%s)", f"{s}.eadmspub_datadictionary")), None
    )
    if schema is None:
        return
    cursor.execute(WORDS.format(schema=schema))
    words = {(table, column): text for table, column, text in cursor.fetchall()}
    renamed = contract.marks(contract.table_file(table), "source")
    for column in contract.columns(cursor, table):
        text = words.get((table, renamed.get(column.name, column.name)))
        if text and not column.derived:
            cursor.execute(f'comment on column "{table}"."{column.name}" is %s', (text,))
