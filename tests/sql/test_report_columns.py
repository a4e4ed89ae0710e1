"""Every query of a report runs on an empty database, with the columns that the tests of the pages assume."""

import pytest
from empty_mart import mart as mart
from empty_mart import prepared as prepared
from psycopg2.extensions import connection as Connection

from pipeline.config import SQL
from pipeline.warehouse.overlay import evaluate
from pipeline.warehouse.quality import checks, row_accounting
from reports.shared.catalog import ALL, ReportSpec
from tests.browser import examples


@pytest.fixture
def release(mart: Connection) -> Connection:
    """The empty tables of a release, its accounts and its history."""
    with mart.cursor() as cursor:
        for statement in (*row_accounting.TABLES.values(), *evaluate.TABLES.values()):
            cursor.execute(statement)
        cursor.execute(checks.CREATE_TABLE)
        for name in ("history", "history_read"):
            cursor.execute((SQL / "history" / f"{name}.sql").read_text())
        cursor.execute("set local search_path = candidate, code_mappings, audit, history, mart, public")
    return mart


@pytest.mark.parametrize("spec", ALL, ids=[spec.name for spec in ALL])
def test_report_queries_have_the_columns_of_the_examples(release: Connection, spec: ReportSpec) -> None:
    actual = {}
    with release.cursor() as cursor:
        for name, path in spec.queries.items():
            cursor.execute(path.read_text(encoding="utf-8"))
            actual[name] = [column.name for column in cursor.description or ()]
    expected = {name: examples.COLUMNS[f"{spec.name}/{name}"].split() for name in spec.queries}
    assert {name: sorted(columns) for name, columns in actual.items()} == {
        name: sorted(columns) for name, columns in expected.items()
    }
    # Data files are made of rows, whose first value is the event or the year.
    assert not spec.has_data or actual == expected
