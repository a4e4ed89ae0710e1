"""Comparing: how each row of a release's tables stands to the next release, in a relation named history_compared, and
which of them moved together, in history_run.

Only events whose rows may differ are looked at: those that are told by another file than before, or by a file that was
typed anew.
"""

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor

from pipeline.postgres import Cursor, scalar, transaction

# {table: (where its rows lie, where those of the next release lie)}
Pairs = Mapping[str, tuple[str, str]]

TOUCHED = """
select ev_id
from {was} as was
full join {now} as now using (ev_id)
where was.source_file is distinct from now.source_file
    or %(was)s::jsonb -> was.source_file is null
    or %(was)s::jsonb -> was.source_file is distinct from %(now)s::jsonb -> now.source_file
"""

COMPARE = "select history.compare_rows(%s, %s, %s, %s)"
FIND = "select history.find_runs(%s, %s)"


def compared(
    cursor: Cursor, pairs: Pairs, stamps: Mapping[str, str], touched: str, connections: int
) -> Iterator[tuple[str, str]]:
    """Each pair that differs, with its comparison in history_compared and history_run meanwhile.

    `touched` names a relation with the events that may differ; where it is empty the stamps of both releases tell
    them. Several connections compare beforehand: they see what is committed, so nothing may be changed until then.
    """
    different = {table: pair for table, pair in pairs.items() if differs(cursor, *pair)}
    if connections > 1:
        compare_ahead(different, pairs, stamps, connections)
    else:
        list_touched(cursor, "temp table history_touched", pairs, stamps, touched)
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
                cursor.execute(FIND, ("history_compared", "temp table history_run"))
            yield pair
            cursor.execute("drop table history_compared; drop table if exists history_run")
    cursor.execute("drop schema if exists compared cascade; drop table if exists history_touched")


def differs(cursor: Cursor, was: str, now: str) -> bool:
    """False where both are the same table, or were signed with the same digest of their rows."""
    query = "select digest from audit.relation where oid = to_regclass(%s)"
    digests = [scalar(cursor, query, name) for name in (was, now)]
    return was != now and (None in digests or digests[0] != digests[1])


def list_touched(cursor: Cursor, target: str, pairs: Pairs, stamps: Mapping[str, str], touched: str = "") -> None:
    """Lists the events whose rows are compared; none where there is no table of events."""
    query = "select null::text as ev_id limit 0"
    if "events" in pairs:
        was, now = pairs["events"]
        query = f"select ev_id from {touched}" if touched else TOUCHED.format(was=was, now=now)
    cursor.execute(f"create {target} as {query}", stamps)
    cursor.execute(f"analyze {target.split()[-1]}")


def compare_ahead(different: Pairs, pairs: Pairs, stamps: Mapping[str, str], connections: int) -> None:
    """Compares on several connections, the largest tables first, and leaves what they find in the schema `compared`."""
    with transaction() as cursor:
        cursor.execute("drop schema if exists compared cascade; create schema compared")
        list_touched(cursor, "unlogged table compared.touched", pairs, stamps)
        size = "select coalesce(max(rows), 0) from audit.relation where oid = to_regclass(%s)"
        sizes = {table: int(scalar(cursor, size, was)) for table, (was, _) in different.items()}
    with ThreadPoolExecutor(connections) as pool:
        list(
            pool.map(lambda table: compare_one(table, *different[table]), sorted(sizes, key=lambda each: -sizes[each]))
        )


def compare_one(table: str, was: str, now: str) -> None:
    """Compares one table, on a connection of its own."""
    with transaction() as cursor:
        cursor.execute(COMPARE, (was, now, "compared.touched", f'unlogged table compared."{table}"'))
        cursor.execute(FIND, (f'compared."{table}"', f'unlogged table compared."run of {table}"'))
        cursor.execute(f'analyze compared."{table}"')
