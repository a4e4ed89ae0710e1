"""One source file, from its raw schema to its typed schema, in one transaction: rows, quarantine, flags.

Schema typed_<source>: the contract's tables of this file's era, `quarantine` (rows not published, with a reason) and
`flag` (one row per accused value: source_file, source_table, source_row, key, flag, source_column, value).
"""

from collections.abc import Iterable
from pathlib import Path

from pipeline.eras import Era
from pipeline.postgres import Cursor, spare_worker
from pipeline.relations import contract, conversion, corrections, flags, limiting, quarantine


def recipe_files(era: Era) -> list[Path]:
    """Every SQL file that decides a typed schema."""
    folders = (corrections.FOLDER, quarantine.RULES, era.folder)
    convert = [path for path in contract.base_files() if path.stem.startswith("convert")]
    own = [path for folder in folders for path in sorted(folder.glob("*.*"))]
    return [*contract.files(), *convert, *own, *flags.files(era.name)]


def derived_files(era: Era) -> list[Path]:
    """The era's own queries, one per contract table that they fill."""
    return sorted(path for path in era.folder.glob("*.sql") if not path.name.startswith("_"))


def filled_tables(era: Era) -> set[str]:
    """Contract tables that a file of the era has rows for."""
    return {*era.tables.values(), *(path.stem for path in derived_files(era))}


def fill(cursor: Cursor, source: str, era: Era, limit: int = 0) -> None:
    """Makes typed_<source> anew from raw_<source>, inside the caller's transaction; of the first `limit` events only
    where that is not 0.
    """
    schema = f"typed_{source.lower()}"
    cursor.execute(f"drop schema if exists {schema} cascade; create schema {schema}")
    # Coarse statistics: what follows needs sizes, not histograms, and some tables are 200 columns wide.
    cursor.execute(f"set local search_path = {schema}, pg_temp, public; set local default_statistics_target = 10")
    cursor.execute(quarantine.MAKE + ";" + flags.MAKE)
    names = {table: name for name, table in era.tables.items()}
    raw = {table: raw_columns(cursor, source, table) for table in names}
    for table in ordered(names):
        cursor.execute(f"create temporary view raw_{table} as select * from raw_{source.lower()}.{table}")
        query = conversion.typed_select(table, contract.columns(cursor, table), raw[table], source, era.name)
        with spare_worker(cursor) as is_spare:
            make(cursor, table, f"{query} order by source_row" if is_spare else query)
        quarantine.judge(cursor, source, table, names[table])
    derive(cursor, source, era)
    # Flags have no order of their own.
    with spare_worker(cursor):
        flags.raise_lost(cursor, source, names, raw)
        flags.raise_rules(cursor, source, era.name, names)
    corrections.correct(cursor)
    if limit:
        limiting.keep_events(cursor, {table: names.get(table) for table in filled_tables(era)}, limit)
    cursor.execute("".join(f"drop view raw_{table};" for table in names))


def make(cursor: Cursor, table: str, query: str) -> None:
    """Makes a table of what a query gives, and has it analyzed for the statements that follow."""
    cursor.execute(f'create table "{table}" as {query}')
    cursor.execute(f'analyze "{table}"')


def ordered(tables: Iterable[str]) -> list[str]:
    """Those of the contract's tables, parents first."""
    wanted = set(tables)
    return [table for table in contract.tables() if table in wanted]


def raw_columns(cursor: Cursor, source: str, table: str) -> list[str]:
    """Columns of a raw table."""
    query = "select raw_column from {}.inventory where raw_table = %s order by position"
    cursor.execute(query.format(f"raw_{source.lower()}"), (table,))
    return [name for (name,) in cursor.fetchall()]


def derive(cursor: Cursor, source: str, era: Era) -> None:
    """Fills contract tables from the era's own queries; helpers whose names begin with an underscore run first."""
    helpers = [name for path in sorted(era.folder.glob("_*.sql")) for name in keep_views(cursor, path)]
    for path in derived_files(era):
        query = path.read_text().rstrip().rstrip(";")
        cursor.execute(f"create temporary view picked as {query}")
        cursor.execute("select attname from pg_attribute where attrelid = 'picked'::regclass and attnum > 0")
        picked = [name for (name,) in cursor.fetchall()]
        shaped = conversion.picked_select(
            contract.columns(cursor, path.stem), picked, "select * from picked", source, era.name
        )
        make(cursor, path.stem, shaped)
        cursor.execute("drop view picked")
    for name in helpers:
        cursor.execute(f'drop table "{name}" cascade')


def keep_views(cursor: Cursor, path: Path) -> list[str]:
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
        make(cursor, name, f'select * from pg_temp."{name}"')
    return names
