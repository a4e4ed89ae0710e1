"""Quarantine: rows of one file that cannot be published, each with one reason; judged within the file, parents first.

key_missing     a column of the primary key has no value
duplicate       the same row again
duplicate_key   another row with a key that is taken; the first one stays
orphan          the event (or record) it belongs to is not in the file
orphan_key      the event is there, the aircraft, crew member or occurrence is not
copy            the same row again under another number (rules in sql/quarantine)
"""

from collections.abc import Sequence
from pathlib import Path

from pipeline.config import SQL
from pipeline.postgres.connection import Cursor
from pipeline.warehouse import table_schema
from pipeline.warehouse.table_schema import ForeignKey

FOLDER = SQL / "quarantine"

CREATE_TABLE = """
create table quarantine (source_file text, source_table text, source_row bigint, reason text, detail text, raw jsonb,
    primary key (source_table, source_row))
"""

# The raw rows of what is found are picked before they become JSON: rows of 200 columns are slow to take up whole.
INSERT = """
insert into quarantine
select %(source)s, %(name)s, found.source_row, found.reason, found.detail, raw.texts - 'source_row'
from found
inner join (
    select source_row, to_jsonb(whole) as texts from raw_{table} as whole
    where (source_row in (select source_row from found)) is true
) as raw on raw.source_row = found.source_row
on conflict do nothing
"""

DELETE = """
delete from "{table}" as typed using quarantine
where quarantine.source_table = %(name)s and quarantine.source_row = typed.source_row
"""


def rule_files(table: str) -> list[Path]:
    """Rules written by hand for a table: sql/quarantine/<reason>_<table>.sql."""
    return sorted(FOLDER.glob(f"*_{table}.sql"))


def quarantine_rows(cursor: Cursor, source: str, table: str, name: str) -> None:
    """Moves the table's bad rows into `quarantine`. `name` is the table's name in NTSB's spelling."""
    key = table_schema.primary_key(cursor, table)
    queries = [missing_key_query(table, key), duplicate_query(cursor, table, key)]
    queries += [orphan_query(table, foreign) for foreign in table_schema.foreign_keys(cursor, table)]
    queries += [path.read_text().rstrip().rstrip(";") for path in rule_files(table)]
    for query in queries:
        # Most queries find nothing, and then the raw rows need not be looked at.
        cursor.execute(f"create temporary table found on commit drop as {query}")
        if cursor.rowcount:
            cursor.execute(INSERT.format(table=table), {"source": source, "name": name})
            cursor.execute(DELETE.format(table=table), {"name": name})
        cursor.execute("drop table found")


def missing_key_query(table: str, key: Sequence[str]) -> str:
    """Rows without a whole key. Blanks are no ev_id; elsewhere an empty code is still a code."""
    given = [f"""nullif("{column}", '')""" if column == "ev_id" else f'"{column}"' for column in key]
    without = " or ".join(f"{value} is null" for value in given)
    return f"""
        select source_row, 'key_missing' as reason, 'no value in one of {", ".join(key)}' as detail
        from "{table}"
        where {without}"""


def duplicate_query(cursor: Cursor, table: str, key: Sequence[str]) -> str:
    """Rows whose key an earlier row has: `duplicate` where all columns are equal, else `duplicate_key`."""
    others = [c.name for c in table_schema.columns(cursor, table) if not c.derived and c.name != "source_row"]
    same = " and ".join(f'later."{column}" is not distinct from first."{column}"' for column in others)
    keys = ", ".join(f'"{column}"' for column in key)
    match = " and ".join(f'later."{column}" = repeated."{column}"' for column in key)
    return f"""
        with repeated as (
            select {keys}, min(source_row) as first_row from "{table}" group by {keys} having count(*) > 1
        )
        select later.source_row,
            case when {same} then 'duplicate' else 'duplicate_key' end as reason,
            'the key of row ' || repeated.first_row as detail
        from repeated
        inner join "{table}" as first on first.source_row = repeated.first_row
        inner join "{table}" as later on {match}
        where later.source_row > repeated.first_row"""


def orphan_query(table: str, foreign: ForeignKey) -> str:
    """Rows whose parent is not in the file."""
    pairs = list(zip(foreign.columns, foreign.parent_columns, strict=True))
    match = " and ".join(f'parent."{theirs}" = child."{own}"' for own, theirs in pairs)
    # `in`, so that the events are hashed once, however few orphans are expected.
    known = "(child.ev_id in (select ev_id from events)) is not true" if "ev_id" in foreign.columns else "true"
    shown = " || ' ' || ".join(f'child."{own}"::text' for own, _ in pairs)
    return f"""
        select child.source_row,
            case when {known} then 'orphan' else 'orphan_key' end as reason,
            'no row in {foreign.parent} for {" ".join(foreign.columns)} ' || {shown} as detail
        from "{table}" as child
        where not exists (select from "{foreign.parent}" as parent where {match})"""
