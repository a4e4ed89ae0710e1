"""Load the cases of the Enterprise API: one unmodified JSON document per case, and text rows of the modern tables.

Schema raw_api: `cases`, one row per case with its month, page and position on the page; the tables of avall, as text,
which the queries in sources/api/tables make from the documents, with `case_row`, the row of the case; `inventory`, one
row per column and per path of the documents; `unreadable_cell`, one row per case with a character that PostgreSQL
cannot store, which is U+FFFD in the tables.
"""

import csv
import logging
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from psycopg2.extras import execute_values
from psycopg2.sql import SQL, Identifier

from pipeline.errors import SchemaDrift, printable
from pipeline.ingest import api_pages, archive
from pipeline.ingest.json_paths import PathNode
from pipeline.postgres.connection import Cursor, fetch_value, transaction
from pipeline.sources import Era, api_era
from pipeline.warehouse import raw_names, raw_tables, sql_file, table_schema

log = logging.getLogger(__name__)

CREATE_CASES = """
create table cases (
    source_row bigint, month text, page integer, position integer, document json, readable json
)
"""
COPY_CASES = SQL("copy cases from stdin (encoding 'UTF8')")
CASES_PER_CHUNK = 50
# Columns of the tables that are not in the inventory: they say where a row comes from, not what it contains.
ORIGIN_COLUMNS = ("source_row", "case_row", "is_modern")
UNREADABLE = "a character that PostgreSQL cannot store"


def source_files(era: Era) -> list[Path]:
    """Return the files that determine the raw tables: their queries, and the list of paths."""
    functions = [path for path in table_schema.function_files() if path.stem.startswith("convert")]
    return [
        *sorted((era.folder / "tables").glob("*.sql")),
        era.folder / "derived.csv",
        era.folder / "era.toml",
        *functions,
    ]


def load_months(store: Path, months: Sequence[tuple[str, str]], source: str, max_gb: float) -> int:
    """Replace raw_<source> by the cases of the archived months, and return their number.

    `store` is the folder of cached targets; `months`: (month, sha256 of its archive). Raises ArchiveError if an archive
    cannot be read, SchemaDrift if a path that is cast is missing or has another type.
    """
    with transaction(raw_names.raw_schema(source), "pg_temp", "public") as cursor:
        count = load_cases(cursor, source, _read_months(store, months, max_gb))
    log.info("%s: %d cases of %d months loaded", source, count, len(months))
    return count


def load_cases(cursor: Cursor, source: str, cases: Iterable[tuple[str, api_pages.ApiCase]]) -> int:
    """Replace raw_<source> by the cases, each with its month, and return their number.

    Needs raw_<source>, pg_temp and public on the search_path. Raises SchemaDrift.
    """
    era, paths = api_era(), PathNode()
    unreadable: list[int] = []
    replace_schema = SQL("drop schema if exists {schema} cascade; create schema {schema}")
    cursor.execute(replace_schema.format(schema=Identifier(raw_names.raw_schema(source))))
    cursor.execute(CREATE_CASES)
    cursor.execute(raw_tables.CREATE_UNREADABLE_CELL)
    raw_tables.copy_chunks(cursor, COPY_CASES, _copy_chunks(cases, paths, unreadable))
    count: int = cursor.rowcount
    report_drift(source, paths, era)
    cells = [("events", row, "document", "document", UNREADABLE) for row in unreadable]
    execute_values(cursor, "insert into unreadable_cell values %s", cells)
    create_tables(cursor, era)
    _write_inventory(cursor, era, count, paths)
    return count


def _read_months(
    store: Path, months: Sequence[tuple[str, str]], max_gb: float
) -> Iterator[tuple[str, api_pages.ApiCase]]:
    for month, sha256 in months:
        for case in api_pages.read_cases(archive.verify_zip(store, sha256), f"API month {month}", max_gb):
            yield month, case


def _copy_chunks(
    cases: Iterable[tuple[str, api_pages.ApiCase]], paths: PathNode, unreadable: list[int]
) -> Iterator[memoryview]:
    """Yield the rows of `cases` in PostgreSQL's text format; add their paths, and the rows with unreadable text."""
    lines: list[str] = []
    for number, (month, case) in enumerate(cases, 1):
        paths.observe(case.content)
        readable = case.readable_text
        if readable is not None:
            unreadable.append(number)
        cells = (str(number), month, str(case.page), str(case.position), _escaped(case.text))
        lines.append("\t".join((*cells, r"\N" if readable is None else _escaped(readable))))
        if len(lines) == CASES_PER_CHUNK:
            yield memoryview(("\n".join(lines) + "\n").encode())
            lines.clear()
    if lines:
        yield memoryview(("\n".join(lines) + "\n").encode())


def _escaped(text: str) -> str:
    """Return a text as a field of COPY's text format. `str.translate` takes many times as long."""
    return text.replace("\\", r"\\").replace("\n", r"\n").replace("\r", r"\r").replace("\t", r"\t")


def create_tables(cursor: Cursor, era: Era) -> None:
    """Create the text tables from `cases`, in the first schema of the search_path; helper files run first."""
    cursor.execute("analyze cases")
    for path in sorted((era.folder / "tables").glob("_*.sql")):
        cursor.execute(path.read_text(encoding="utf-8"))
    for table in era.tables.values():
        query = SQL(sql_file.statement(era.folder / "tables" / f"{table}.sql"))
        cursor.execute(SQL("create table {} as {}").format(Identifier(table), query))
        cursor.execute(SQL("analyze {}").format(Identifier(table)))


def declared_paths(era: Era) -> dict[str, bool]:
    """Return {path: True if a value of a table comes from it} of derived.csv."""
    declared: dict[str, bool] = {}
    with (era.folder / "derived.csv").open(newline="", encoding="utf-8") as file:
        for line in csv.DictReader(file):
            declared[line["source_column"]] = bool(line["target"]) or declared.get(line["source_column"], False)
    return declared


def report_drift(source: str, paths: PathNode, era: Era) -> None:
    """Warn of new paths and of missing ones that are not cast. Raises SchemaDrift for those that are."""
    declared = declared_paths(era)
    new = [f"path {printable(path, 200)} is new" for path in paths.leaves(declared) if path not in declared]
    absent = paths.absent(declared)
    problems = [f"path {path} is absent" for path in absent if declared[path]]
    shapes = {path: f"path {path} is {shape}" for path, shape in paths.misshapen(declared).items()}
    problems += [text for path, text in shapes.items() if declared.get(path, True)]
    if problems:
        differences = printable("; ".join(problems + new), raw_tables.MAX_DIFFERENCES_LENGTH)
        folder = f"pipeline/sources/{era.name}"
        raise SchemaDrift(
            f"{source}: expected the paths in {folder}/derived.csv, found: {differences}. Nothing was loaded; "
            f"if NTSB has changed its API, change the queries and the list in {folder} to match"
        )
    raw_tables.log_new_names(source, [*new, *shapes.values(), *(f"path {path} is absent" for path in absent)])


def _write_inventory(cursor: Cursor, era: Era, cases: int, paths: PathNode) -> None:
    """Create the table `inventory` with one row per column of each table, and per path of the documents."""
    cursor.execute(raw_tables.CREATE_INVENTORY)
    rows: list[tuple[str, str, str, str, int, int, str]] = []
    for name, table in era.tables.items():
        count = int(fetch_value(cursor, SQL("select count(*) from {}").format(Identifier(table))))
        cursor.execute(
            "select attname from pg_attribute where attrelid = %s::regclass and attnum > 0 order by attnum", (table,)
        )
        columns = [column for (column,) in cursor.fetchall() if column not in ORIGIN_COLUMNS]
        rows += [(name, column, table, column, number, count, "Text") for number, column in enumerate(columns, 1)]
    for number, path in enumerate(sorted(paths.leaves(declared_paths(era))), 1):
        recorded = raw_names.recorded_name(path)
        rows.append(("cases", recorded, "cases", recorded, number, cases, "JSON"))
    execute_values(cursor, "insert into inventory values %s", rows, page_size=1000)
