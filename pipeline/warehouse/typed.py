"""One source file, from its raw schema to its typed schema, in one transaction: rows, quarantine, flags.

Schema typed_<source>: the contract's tables of this file's era, `quarantine` (rows not published, with a reason) and
`flag` (one row per accused value: source_file, source_table, source_row, key, flag, source_column, value).

A part of a file: its first whole events, with everything that belongs to them, for looking at how they come out.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path

from pipeline.postgres.connection import Cursor, parallel_if_idle
from pipeline.sources import Era
from pipeline.warehouse import cast, corrections, table_schema
from pipeline.warehouse.quality import flags, quarantine


def source_files(era: Era) -> list[Path]:
    """Every SQL file that decides a typed schema."""
    folders = (corrections.FOLDER, quarantine.FOLDER, era.folder)
    convert = [path for path in table_schema.function_files() if path.stem.startswith("convert")]
    own = [path for folder in folders for path in sorted(folder.glob("*.*"))]
    return [*table_schema.all_files(), *convert, *own, *flags.files(era.name)]


def derived_files(era: Era) -> list[Path]:
    """The era's own queries, one per contract table that they fill."""
    return sorted(path for path in era.folder.glob("*.sql") if not path.name.startswith("_"))


def filled_tables(era: Era) -> set[str]:
    """Contract tables that a file of the era has rows for."""
    return {*era.tables.values(), *(path.stem for path in derived_files(era))}


def create_typed_schema(cursor: Cursor, source: str, era: Era, limit: int = 0) -> None:
    """Makes typed_<source> anew from raw_<source>, inside the caller's transaction; of the first `limit` events only
    where that is not 0.
    """
    schema = f"typed_{source.lower()}"
    cursor.execute(f"drop schema if exists {schema} cascade; create schema {schema}")
    # Coarse statistics: what follows needs sizes, not histograms, and some tables are 200 columns wide.
    cursor.execute(f"set local search_path = {schema}, pg_temp, public; set local default_statistics_target = 10")
    cursor.execute(quarantine.CREATE_TABLE + ";" + flags.CREATE_TABLE)
    names = {table: name for name, table in era.tables.items()}
    raw = {table: raw_columns(cursor, source, table) for table in names}
    for table in parents_first(names):
        cursor.execute(f"create temporary view raw_{table} as select * from raw_{source.lower()}.{table}")
        query = cast.cast_select(table, table_schema.columns(cursor, table), raw[table], source, era.name)
        with parallel_if_idle(cursor) as is_spare:
            create_table_as(cursor, table, f"{query} order by source_row" if is_spare else query)
        quarantine.quarantine_rows(cursor, source, table, names[table])
    create_derived_tables(cursor, source, era)
    # Flags have no order of their own.
    with parallel_if_idle(cursor):
        flags.flag_lost_values(cursor, source, names, raw)
        flags.apply_rules(cursor, source, era.name, names)
    corrections.apply_corrections(cursor)
    if limit:
        limit_events(cursor, {table: names.get(table) for table in filled_tables(era)}, limit)
    cursor.execute("".join(f"drop view raw_{table};" for table in names))


def create_table_as(cursor: Cursor, table: str, query: str) -> None:
    """Makes a table of what a query gives, and has it analyzed for the statements that follow."""
    cursor.execute(f'create table "{table}" as {query}')
    cursor.execute(f'analyze "{table}"')


def parents_first(tables: Iterable[str]) -> list[str]:
    """Those of the contract's tables, parents first."""
    wanted = set(tables)
    return [table for table in table_schema.tables() if table in wanted]


def raw_columns(cursor: Cursor, source: str, table: str) -> list[str]:
    """Columns of a raw table."""
    query = "select raw_column from {}.inventory where raw_table = %s order by position"
    cursor.execute(query.format(f"raw_{source.lower()}"), (table,))
    return [name for (name,) in cursor.fetchall()]


def create_derived_tables(cursor: Cursor, source: str, era: Era) -> None:
    """Fills contract tables from the era's own queries; helpers whose names begin with an underscore run first."""
    helpers = [name for path in sorted(era.folder.glob("_*.sql")) for name in materialize_helper_views(cursor, path)]
    for path in derived_files(era):
        query = path.read_text().rstrip().rstrip(";")
        cursor.execute(f"create temporary view picked as {query}")
        cursor.execute("select attname from pg_attribute where attrelid = 'picked'::regclass and attnum > 0")
        picked = [name for (name,) in cursor.fetchall()]
        shaped = cast.derived_select(
            table_schema.columns(cursor, path.stem), picked, "select * from picked", source, era.name
        )
        create_table_as(cursor, path.stem, shaped)
        cursor.execute("drop view picked")
    for name in helpers:
        cursor.execute(f'drop table "{name}" cascade')


def materialize_helper_views(cursor: Cursor, path: Path) -> list[str]:
    """Runs a helper's file and keeps the rows of its temporary views in tables of their names, which are returned.

    Tables are found before views, so what reads a helper by name from here on does not work it out again.
    """
    views = "select relname from pg_class where relnamespace = pg_my_temp_schema() and relkind = 'v'"
    cursor.execute(views)
    before = set(cursor.fetchall())
    cursor.execute(path.read_text())
    cursor.execute(views + " order by oid")
    names = [name for (name,) in cursor.fetchall() if (name,) not in before]
    for name in names:
        create_table_as(cursor, name, f'select * from pg_temp."{name}"')
    return names


SELECT_EVENTS = """
create temporary table taken on commit drop as select ev_id from events order by ev_id collate "C" limit %s;
create temporary table taken_record (recnum integer) on commit drop
"""
# The records of 1962-1981 know no ev_id: an aircraft is made of the record in the same source row.
SELECT_RECORDS = """
insert into taken_record
select tblfirsthalf.recnum from tblfirsthalf
inner join aircraft on aircraft.source_row = tblfirsthalf.source_row
inner join taken on taken.ev_id = aircraft.ev_id
"""
SELECTION_TABLES = {"ev_id": "taken", "recnum": "taken_record"}


def limit_events(cursor: Cursor, tables: Mapping[str, str | None], limit: int) -> None:
    """Takes all but the first `limit` events, in order of ev_id, out of the typed schema that the search_path names.

    `tables`: the filled tables of the contract, each with its name in the Access file, None where it is derived. Code
    tables stay whole. What is left out is not in quarantine: the accounts do not balance, so the audit lets no part of
    a file be published.
    """
    cursor.execute(SELECT_EVENTS, (limit,))
    if "tblfirsthalf" in tables:
        cursor.execute(SELECT_RECORDS)
    for table, name in tables.items():
        columns = {column.name for column in table_schema.columns(cursor, table)}
        for key in [key for key in SELECTION_TABLES if key in columns]:
            _delete_unselected(cursor, table, name, key)


def _delete_unselected(cursor: Cursor, table: str, name: str | None, key: str) -> None:
    """Rows of a table, and what is said of them in `flag` and `quarantine`."""
    left = f"not exists (select from {SELECTION_TABLES[key]} as kept where kept.{key}"
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
