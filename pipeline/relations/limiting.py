"""A part of a file: its first whole events, with everything that belongs to them, for looking at how they come out."""

from collections.abc import Mapping

from pipeline.postgres import Cursor
from pipeline.relations import contract

TAKEN = """
create temporary table taken on commit drop as select ev_id from events order by ev_id collate "C" limit %s;
create temporary table taken_record (recnum integer) on commit drop
"""
# The records of 1962-1981 know no ev_id: an aircraft is made of the record in the same source row.
RECORDS = """
insert into taken_record
select tblfirsthalf.recnum from tblfirsthalf
inner join aircraft on aircraft.source_row = tblfirsthalf.source_row
inner join taken on taken.ev_id = aircraft.ev_id
"""
KEYS = {"ev_id": "taken", "recnum": "taken_record"}


def keep_events(cursor: Cursor, tables: Mapping[str, str | None], limit: int) -> None:
    """Takes all but the first `limit` events, in order of ev_id, out of the typed schema that the search_path names.

    `tables`: the filled tables of the contract, each with its name in the Access file, None where it is derived. Code
    tables stay whole. What is left out is not in quarantine: the accounts do not balance, so the audit lets no part of
    a file be published.
    """
    cursor.execute(TAKEN, (limit,))
    if "tblfirsthalf" in tables:
        cursor.execute(RECORDS)
    for table, name in tables.items():
        columns = {column.name for column in contract.columns(cursor, table)}
        for key in [key for key in KEYS if key in columns]:
            _leave_out(cursor, table, name, key)


def _leave_out(cursor: Cursor, table: str, name: str | None, key: str) -> None:
    """Rows of a table, and what is said of them in `flag` and `quarantine`."""
    left = f"not exists (select from {KEYS[key]} as kept where kept.{key}"
    cursor.execute(f'delete from "{table}" as typed where {left} = typed."{key}")')
    cursor.execute(
        f"""
        delete from flag where source_table = %s
        and not exists (select from "{table}" as typed where typed.source_row = flag.source_row)
        """,
        (name,),
    )
    cursor.execute(
        f"delete from quarantine where source_table = %s and {left}::text = btrim(quarantine.raw ->> '{key}'))",
        (name,),
    )
