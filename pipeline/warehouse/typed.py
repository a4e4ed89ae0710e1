"""Cast one source file from its raw schema to its typed schema, in one transaction.

Schema typed_<source>: the published tables for which the file's era has rows, `quarantine` (one row per row that cannot
be published, with a reason), `flag` (one row per value that looks wrong), `cast_loss` (one row per cast column) and
`unknown_code` (one row per code without a meaning). Schema limited_<source>, for inspection, has only the first events
with everything that belongs to them; nothing reads it.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from psycopg2.sql import SQL, Composable, Identifier, Literal

from pipeline.postgres.connection import Cursor, parallel_if_idle
from pipeline.sources import Era
from pipeline.warehouse import api_codes, cast, corrections, sql_file, table_schema
from pipeline.warehouse.quality import cast_losses, flags, quarantine, unknown_codes
from pipeline.warehouse.raw_names import raw_schema, typed_schema

# Modules with a table each in the typed schema, which row accounting copies to `audit`.
AUDITS = (quarantine, flags, cast_losses, unknown_codes)
SELECT_EVENTS = """
create temporary table selected on commit drop as select ev_id from events order by ev_id collate "C" limit %s;
create temporary table selected_record (recnum integer) on commit drop
"""
# Records of 1962-1981 have no ev_id: an aircraft comes from the record with the same source_row.
SELECT_RECORDS = """
insert into selected_record
select tblfirsthalf.recnum from tblfirsthalf
inner join aircraft on aircraft.source_row = tblfirsthalf.source_row
inner join selected on selected.ev_id = aircraft.ev_id
"""
SELECTION_TABLES = {"ev_id": "selected", "recnum": "selected_record"}


def source_files(era: Era) -> list[Path]:
    """Return every SQL and CSV file that determines the typed schema of an era."""
    folders = (corrections.FOLDER, quarantine.FOLDER, era.folder, era.folder / "quarantine", era.folder / "texts")
    convert = [path for path in table_schema.function_files() if path.stem.startswith("convert")]
    rules = [path for folder in folders for path in sorted(folder.glob("*.*"))]
    return [*table_schema.all_files(), *convert, *rules, *flags.files(era.name)]


def derived_files(era: Era) -> list[Path]:
    """Return the SQL files of the era's queries, one per published table that they fill, without helper files."""
    return sorted(path for path in era.folder.glob("*.sql") if not path.name.startswith("_"))


def filled_tables(era: Era) -> set[str]:
    """Return the names of the published tables for which a file of the era has rows."""
    return {*era.tables.values(), *(path.stem for path in derived_files(era))}


def create_typed_schema(
    cursor: Cursor, source: str, era: Era, limit: int = 0, identified_by: Sequence[str] = ()
) -> None:
    """Replace typed_<source> by the cast rows of raw_<source>, in the caller's transaction.

    `limit`: the number of events to keep, in limited_<source>; 0 for all. `identified_by`: cast Access files, in order,
    from which cases of the Enterprise API get their ev_id and the codes of texts.
    """
    schema = Identifier(typed_schema(source, limit > 0))
    cursor.execute(SQL("drop schema if exists {schema} cascade; create schema {schema}").format(schema=schema))
    # Coarse statistics: the following queries need row counts, not histograms, and some tables have 200 columns.
    cursor.execute(SQL("set local search_path = {}, pg_temp, public").format(schema))
    cursor.execute("set local default_statistics_target = 10")
    for module in AUDITS:
        cursor.execute(module.CREATE_TABLE)
    names = {table: name for name, table in era.tables.items()}
    raw = {table: raw_columns(cursor, source, table) for table in names}
    if era.is_api:
        api_codes.prepare(cursor, source, identified_by)
    for table in parents_first(names):
        cast_table(cursor, source, era, table, raw[table])
        quarantine.quarantine_rows(cursor, source, table, names[table])
    create_derived_tables(cursor, source, era)
    record_suspicious_values(cursor, source, era, names, raw)
    corrections.apply_corrections(cursor)
    if limit:
        limit_events(cursor, {table: names.get(table) for table in filled_tables(era)}, limit)
    kind = SQL("table" if era.is_api else "view")
    relations = SQL(", ").join(Identifier("pg_temp", f"raw_{table}") for table in names)
    cursor.execute(SQL("drop {} {}").format(kind, relations))


def record_suspicious_values(
    cursor: Cursor, source: str, era: Era, names: dict[str, str], raw: dict[str, list[str]]
) -> None:
    """Fill `flag` and `unknown_code`. `names`: {table: its name in the file}; `raw`: {table: its raw columns}."""
    # The order of these rows is not significant, so their queries may run in parallel.
    with parallel_if_idle(cursor):
        flags.flag_lost_values(cursor, source, names, raw)
        flags.apply_rules(cursor, source, era.name, names)
        if era.is_api:
            api_codes.record_unknown_texts(cursor, names, raw)
        else:
            unknown_codes.record_unknown_codes(cursor, names)


def cast_table(cursor: Cursor, source: str, era: Era, table: str, raw: Sequence[str]) -> None:
    """Create a table of the typed schema from the raw rows, and count the values that were lost.

    `raw`: the raw columns.
    """
    create_raw_relation(cursor, source, era, table, raw)
    (name,) = [spelling for spelling, published in era.tables.items() if published == table]
    columns, relation = table_schema.columns(cursor, table), Identifier(f"raw_{table}")
    query = cast.cast_select(table, columns, raw, source, era.name, relation)
    with parallel_if_idle(cursor) as is_parallel:
        query = query + SQL(" order by source_row") if is_parallel else query
        create_table_as(cursor, table, query, key_columns(cursor, table))
        cast_losses.record_losses(cursor, table, name, raw)


def create_raw_relation(cursor: Cursor, source: str, era: Era, table: str, columns: Sequence[str]) -> None:
    """Create raw_<table>, temporary: the raw rows as they are cast; those of the API have an ev_id and codes."""
    if era.is_api:
        api_codes.create_coded_table(cursor, source, table, columns)
    else:
        view, relation = Identifier(f"raw_{table}"), Identifier(raw_schema(source), table)
        cursor.execute(SQL("create temporary view {} as select * from {}").format(view, relation))


def create_table_as(cursor: Cursor, table: str, query: Composable, columns: Iterable[str] = ()) -> None:
    """Create a table from a query and collect statistics of these columns, by default of all."""
    cursor.execute(SQL("create table {} as {}").format(Identifier(table), query))
    analyzed = SQL("({})").format(table_schema.column_list(columns)) if columns else SQL("")
    cursor.execute(SQL("analyze {} {}").format(Identifier(table), analyzed))


def key_columns(cursor: Cursor, table: str) -> list[str]:
    """Return the columns by which the cast table is joined: the following queries read no other statistics."""
    return sorted({*table_schema.primary_key(cursor, table), "source_row"})


def parents_first(tables: Iterable[str]) -> list[str]:
    """Return the published tables among these, parents first."""
    return [table for table in table_schema.tables() if table in set(tables)]


def raw_columns(cursor: Cursor, source: str, table: str) -> list[str]:
    """Return the names of a raw table's columns, in the order of the file."""
    query = SQL("select raw_column from {} where raw_table = %s order by position")
    cursor.execute(query.format(Identifier(raw_schema(source), "inventory")), (table,))
    return [name for (name,) in cursor.fetchall()]


def create_derived_tables(cursor: Cursor, source: str, era: Era) -> None:
    """Create tables from the era's own queries; helper files, with a leading underscore, run first."""
    helpers = [name for path in sorted(era.folder.glob("_*.sql")) for name in materialize_helper_views(cursor, path)]
    for path in derived_files(era):
        cursor.execute(SQL("create temporary view derived as {}").format(SQL(sql_file.statement(path))))
        cursor.execute("select attname from pg_attribute where attrelid = 'derived'::regclass and attnum > 0")
        available = [name for (name,) in cursor.fetchall()]
        columns = table_schema.columns(cursor, path.stem)
        query = cast.derived_select(columns, available, SQL("select * from derived"), source, era.name)
        create_table_as(cursor, path.stem, query, key_columns(cursor, path.stem))
        cursor.execute("drop view derived")
    for name in helpers:
        cursor.execute(SQL("drop table {} cascade").format(Identifier(name)))


def materialize_helper_views(cursor: Cursor, path: Path) -> list[str]:
    """Run a helper file, copy each temporary view that it creates to a table of that name, and return the names.

    The table shadows the view, so that later queries do not compute it again.
    """
    views = "select relname from pg_class where relnamespace = pg_my_temp_schema() and relkind = 'v' order by oid"
    cursor.execute(views)
    before = set(cursor.fetchall())
    cursor.execute(path.read_text(encoding="utf-8"))
    cursor.execute(views)
    names = [name for (name,) in cursor.fetchall() if (name,) not in before]
    for name in names:
        create_table_as(cursor, name, SQL("select * from {}").format(Identifier("pg_temp", name)))
    return names


def limit_events(cursor: Cursor, tables: Mapping[str, str | None], limit: int) -> None:
    """Delete all but the first `limit` events, in order of ev_id, from the typed schema on the search_path.

    `tables`: {filled table: its name in the Access file, None for a derived table}. Code tables remain complete.
    """
    cursor.execute(SELECT_EVENTS, (limit,))
    if "tblfirsthalf" in tables:
        cursor.execute(SELECT_RECORDS)
    for table, name in tables.items():
        columns = {column.name for column in table_schema.columns(cursor, table)}
        for key in [key for key in SELECTION_TABLES if key in columns]:
            _delete_unselected(cursor, table, name, key)


def _delete_unselected(cursor: Cursor, table: str, name: str | None, key: str) -> None:
    """Delete rows of a table whose key is not selected, with their rows in `flag` and `quarantine`."""
    kept = Identifier(SELECTION_TABLES[key])
    unselected = SQL("not exists (select from {} as kept where kept.{} = {})")
    is_unselected = unselected.format(kept, Identifier(key), Identifier("typed", key))
    cursor.execute(SQL("delete from {} as typed where {}").format(Identifier(table), is_unselected))
    delete_flags = SQL("""
        delete from flag where source_table = %s
        and not exists (select from {} as typed where typed.source_row = flag.source_row)
    """)
    cursor.execute(delete_flags.format(Identifier(table)), (name,))
    raw_key = SQL("btrim(quarantine.raw ->> {})").format(Literal(key))
    text_key = SQL("{}::text").format(Identifier(key))
    is_unselected = unselected.format(kept, text_key, raw_key)
    cursor.execute(SQL("delete from quarantine where source_table = %s and {}").format(is_unselected), (name,))
