"""The header lines of SQL files are complete, and name exactly the relations that a file reads."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from psycopg2.extensions import connection as Connection

from pipeline.config import SQL
from pipeline.tasks.reports import SPECS, RenderReport
from pipeline.warehouse import column_comments, features, mappings, merge, sql_file, table_schema, views
from pipeline.warehouse.overlay import evaluate
from pipeline.warehouse.quality import checks, row_accounting
from tests.architecture import tree

QUERIES = [*checks.files(), *features.feature_files(), *tree.files(".sql", "reports")]
READ = """
    select distinct class.relname
    from pg_rewrite as rule
    inner join pg_depend as depends
        on depends.objid = rule.oid and depends.classid = 'pg_rewrite'::regclass
        and depends.refclassid = 'pg_class'::regclass
    inner join pg_class as class on class.oid = depends.refobjid
    where rule.ev_class = %s::regclass and class.oid <> rule.ev_class
"""

CALLED = """
    select distinct namespace.nspname || '.' || function.proname
    from pg_rewrite as rule
    inner join pg_depend as depends on depends.objid = rule.oid and depends.refclassid = 'pg_proc'::regclass
    inner join pg_proc as function on function.oid = depends.refobjid
    inner join pg_namespace as namespace on namespace.oid = function.pronamespace
    where rule.ev_class = %s::regclass and namespace.nspname in ('mart', 'code_mappings', 'audit')
"""
COMMENTS = """
    select attname, col_description(attrelid, attnum)
    from pg_attribute
    where attrelid = %s::regclass and attnum > 0 and not attisdropped
"""


@pytest.fixture(scope="module")
def prepared(shared_database: Connection) -> Connection:
    """A database with empty tables, views and row accounts: everything that a query may read, with its comments."""
    with shared_database.cursor() as cursor:
        cursor.execute("set search_path = candidate, contract, audit, history, mart, public")
        cursor.execute(";".join([*row_accounting.TABLES.values(), *evaluate.TABLES.values()]))
        cursor.execute(checks.CREATE_TABLE)
        for table in table_schema.tables():
            merge.add_comments(cursor, table, [])
        for name in mappings.table_names():
            mappings.fill_table(cursor, name)
        for name in views.view_names():
            cursor.execute(f"create view {name} as {views.view_file(name).read_text()}")
            column_comments.comment_view(cursor, name, views.view_file(name))
        for path in features.feature_files():
            cursor.execute(f"create view {path.stem} as {path.read_text()}")
    return shared_database


@pytest.fixture
def rolled_back(prepared: Connection) -> Iterator[Connection]:
    """The same connection, in a transaction that is rolled back."""
    with prepared.cursor() as cursor:
        cursor.execute("begin")
        yield prepared
        cursor.execute("rollback")


def reads(connection: Connection, relation: str) -> set[str]:
    """Relations that a view reads, according to pg_depend."""
    with connection.cursor() as cursor:
        cursor.execute(READ, (relation,))
        return {name for (name,) in cursor.fetchall()}


def defines(path: Path, function: str) -> bool:
    """True if a file of functions creates the function, which is given with its schema."""
    return f"create or replace function {function}(" in path.read_text()


@pytest.mark.parametrize("name", views.view_names())
def test_needs_of_views_are_the_relations_they_read(prepared: Connection, name: str) -> None:
    assert set(sql_file.needs(views.view_file(name))) == reads(prepared, f"candidate.{name}")


def called_files(connection: Connection, relation: str) -> set[Path]:
    """Files of the functions that a view calls, without those that are in every fingerprint of a result.

    Functions of `convert` determine the tables already; the eras determine mart.is_record_era.
    """
    with connection.cursor() as cursor:
        cursor.execute(CALLED, (relation,))
        called = {function for (function,) in cursor.fetchall()} - {"mart.is_record_era"}
    return {path for path in (SQL / "functions").glob("*.sql") for function in called if defines(path, function)}


@pytest.mark.parametrize("name", views.view_names())
def test_files_of_functions_that_a_view_calls_are_in_its_fingerprint(prepared: Connection, name: str) -> None:
    files = {path for path in views.source_files(name) if path.parent.name == "functions"}
    assert called_files(prepared, f"candidate.{name}") == files


@pytest.mark.parametrize("name", [*table_schema.tables(), *mappings.table_names(), *views.view_names()])
def test_every_column_is_described_or_inherits_a_description(prepared: Connection, name: str) -> None:
    with prepared.cursor() as cursor:
        cursor.execute(COMMENTS, (name,))
        comments = dict(cursor.fetchall())
    assert comments
    assert [column for column, comment in comments.items() if not comment] == []
    assert [column for column, comment in comments.items() if not re.match(r"[A-Z0-9].*[.)]$", comment or "X.")] == []


@pytest.mark.parametrize("table", table_schema.tables())
def test_descriptions_name_columns_that_the_table_has(prepared: Connection, table: str) -> None:
    own = column_comments.descriptions(table).keys() - column_comments.descriptions("shared").keys()
    with prepared.cursor() as cursor:
        assert own <= set(column_comments.column_names(cursor, table))


def probe(connection: Connection, path: Path) -> str:
    """Create a view of a query, and return its name."""
    with connection.cursor() as cursor:
        cursor.execute(f"create view probe as {path.read_text().rstrip().rstrip(';')}")
    return "candidate.probe"


@pytest.mark.parametrize("path", QUERIES, ids=tree.shown)
def test_needs_of_queries_are_the_relations_they_read(rolled_back: Connection, path: Path) -> None:
    assert set(sql_file.needs(path)) == reads(rolled_back, probe(rolled_back, path))


@pytest.mark.parametrize("path", [*features.feature_files(), *tree.files(".sql", "reports")], ids=tree.shown)
def test_headers_of_queries_name_the_files_of_functions_they_call(rolled_back: Connection, path: Path) -> None:
    assert called_files(rolled_back, probe(rolled_back, path)) == set(views.function_files(path))


def test_functions_that_a_page_calls_are_in_its_fingerprint() -> None:
    for name, spec in SPECS.items():
        functions = {file for path in spec.queries.values() for file in views.function_files(path)}
        assert functions <= set(RenderReport(snapshot="0" * 16, name=name).source_files()), name


def header(path: Path) -> list[str]:
    """The comment lines at the top of a file."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return lines[: next((number for number, line in enumerate(lines) if not line.startswith("--")), len(lines))]


@pytest.mark.parametrize("path", tree.files(".sql", "pipeline", "reports"), ids=tree.shown)
def test_header_lines(path: Path) -> None:
    first, second = [*header(path), "", ""][:2]
    assert re.fullmatch(r"-- needs: ((\w+\.)?\w+(, (\w+\.)?\w+)*)", first), first
    assert re.match(r"-- \S.{8,}", second), "the second line says the grain, or what is checked"


@pytest.mark.parametrize("path", tree.files(".sql", "pipeline", "reports"), ids=tree.shown)
def test_relations_are_named_without_schema(path: Path) -> None:
    """The search_path selects candidates during a build and the release afterwards."""
    text = re.sub(r"--[^\n]*", "", path.read_text(encoding="utf-8"))
    assert re.findall(r"\b(?:from|join|into|update)\s+(?:candidate|ntsb|mart)\.\w+", text) == []


# Keys of aggregates that are numbers.
NUMBERS = {"aircraft_key", "position", "attnum", "number", "change", "uses", "rank", "line"}


def ordered_aggregates(text: str) -> Iterator[str]:
    """Keys by which string_agg and array_agg order their input."""
    for begin in re.finditer(r"\b(?:string|array)_agg\s*\(", text):
        depth, end = 1, begin.end()
        while depth:
            depth += {"(": 1, ")": -1}.get(text[end], 0)
            end += 1
        keys = re.split(r"\border by\b", text[begin.end() : end - 1])[1:]
        yield from (key.strip() for key in (keys[-1].split(",") if keys else ()))


@pytest.mark.parametrize(
    "path", tree.files(".sql", "pipeline/sql/checks", "pipeline/sql/views", "reports"), ids=tree.shown
)
def test_aggregates_of_text_do_not_depend_on_the_locale(path: Path) -> None:
    keys = ordered_aggregates(path.read_text(encoding="utf-8"))
    assert [
        key for key in keys if 'collate "C"' not in key and key.split(" ")[0].rpartition(".")[2] not in NUMBERS
    ] == []


def test_queries_of_pages_mark_the_end_of_values_that_they_cut() -> None:
    """A short prefix, as that of a code or of a date, is no excerpt."""
    cut = re.compile(r"\b(?:left|substr|substring)\([^()]*, *(?:[2-9]\d|\d{3,})\)")
    paths = tree.files(".sql", "reports")
    assert [tree.shown(path) for path in paths if cut.search(path.read_text(encoding="utf-8"))] == []


FLOAT_AVERAGE = re.compile(r"\b(?:avg|stddev\w*|var\w*)\((?!\w+(?:\([^()]*\))?::numeric\))")


def test_averages_do_not_depend_on_the_order_of_rows() -> None:
    """Floating-point sums do; sums of numerics do not."""
    paths = tree.files(".sql", "pipeline/sql/views", "pipeline/sql/features", "reports")
    assert [tree.shown(path) for path in paths if FLOAT_AVERAGE.search(path.read_text(encoding="utf-8"))] == []
