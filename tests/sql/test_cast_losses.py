"""Text that cannot be cast is counted per column and file; a column written in another way stops publication."""

from collections.abc import Iterator

import pytest
from psycopg2.extensions import connection as Connection
from psycopg2.sql import SQL
from tables import load, rows

from pipeline.sources import era_of
from pipeline.warehouse import cast, raw_tables, table_schema
from pipeline.warehouse.quality import cast_losses, checks, row_accounting
from pipeline.warehouse.quality.checks import CheckResult

RAW_COLUMNS = ("ev_id", "ev_date", "ev_time", "ev_city", "inj_tot_t", "dec_latitude")


@pytest.fixture
def schemas(shared_database: Connection) -> Iterator[Connection]:
    """Empty schemas for one file and for the row accounts, in a transaction that is rolled back."""
    with shared_database.cursor() as cursor:
        cursor.execute("begin; create schema raw_avall; create schema typed_avall")
        cursor.execute("set local search_path = typed_avall, candidate, pg_temp, public")
        cursor.execute(cast_losses.CREATE_TABLE)
        yield shared_database
        cursor.execute("rollback")


def losses(connection: Connection, text: str, collation: str = "") -> dict[str, tuple[int, int, str | None]]:
    """{column: (values, lost values, examples)} of the rows of `events`, as a run counts them."""
    texts = ", ".join(f"{column} text{collation}" for column in RAW_COLUMNS)
    with connection.cursor() as cursor:
        cursor.execute(f"create table raw_avall.events (source_row bigint, {texts})")
        load(connection, "raw_avall.events", text)
        cursor.execute("create temporary view raw_events as select * from raw_avall.events")
        query = cast.cast_select("events", table_schema.columns(cursor, "events"), RAW_COLUMNS, "avall", "avall")
        cursor.execute(SQL("create table typed_avall.events as {}").format(query))
        cast_losses.record_losses(cursor, "events", "events", RAW_COLUMNS)
    query = "select source_column, values_in, values_lost, examples from cast_loss where source_table = 'events'"
    return {column: (values, lost, examples) for column, values, lost, examples in rows(connection, query)}


def test_lost_values_are_counted_with_examples(schemas: Connection) -> None:
    """Blank text is no value; text columns lose nothing and are not listed."""
    actual = losses(
        schemas,
        """
        | ev_id | ev_date             | ev_time | ev_city | inj_tot_t | dec_latitude |
        | e1    | 2012-03-04 00:00:00 | 825     | X       | 1         | 41.5         |
        | e2    | 2012-03-04T00:00:00Z    | 2400 | Y      | 3,0       | 34.1°        |
        | e3    |                     | 2561    |         | ''        | 91           |
        | e4    | 2012-13-04          | 2400    | ''      |           |              |
        """,
    )
    assert actual == {
        "ev_date": (3, 2, '"2012-03-04T00:00:00Z", "2012-13-04"'),
        "ev_time": (4, 3, '"2400", "2561"'),
        "inj_tot_t": (2, 1, '"3,0"'),
        "dec_latitude": (3, 2, '"34.1°", "91"'),
    }


def test_examples_are_short_and_without_control_characters(schemas: Connection) -> None:
    actual = losses(schemas, f"| ev_id | inj_tot_t |\n| e1 | \x1b[31m\t{'9' * 300} |")["inj_tot_t"]
    assert actual == (1, 1, f'"\\u001b[31m\\t{"9" * 34}"')


def test_examples_do_not_depend_on_the_locale(schemas: Connection) -> None:
    """Of four texts, three are examples: in English, z would precede Z and the last one would be another."""
    text = "\n".join(["| ev_id | inj_tot_t |", *(f"| {letter} | {letter} |" for letter in "zaZB")])
    assert losses(schemas, text, ' collate "en-x-icu"')["inj_tot_t"] == (4, 4, '"B", "Z", "a"')


@pytest.mark.parametrize("name", ["events", "EVENTS"])
def test_the_ledger_has_the_losses_however_the_file_spells_its_table(schemas: Connection, name: str) -> None:
    losses(schemas, "| ev_id | ev_date | inj_tot_t |\n| e1 | 2020-01-01 | x |")
    with schemas.cursor() as cursor:
        cursor.execute(raw_tables.CREATE_INVENTORY.replace("inventory", "raw_avall.inventory"))
        cursor.execute(
            "insert into raw_avall.inventory (source_table, source_column, raw_table, raw_column) "
            "values (%s, 'inj_tot_t', 'events', 'inj_tot_t')",
            (name,),
        )
        (column,) = row_accounting.list_columns(cursor, "avall", era_of("avall"))
    assert (column[:3], column[-3:]) == (("avall", name, "inj_tot_t"), (1, 1, '"x"'))


LEDGER = """
    | source_file | source_table | source_column | values_in | values_lost | lost_examples |
    | {file}      | events       | ev_time       | {values}  | {lost}      | "2400"        |
"""


def check(connection: Connection, before: str, now: str) -> CheckResult:
    """The result of the check, given the ledger of the release before, if any, and that of the candidates."""
    with connection.cursor() as cursor:
        cursor.execute("drop table if exists audit.column_ledger, candidate.column_ledger")
        for schema, ledger in (("audit", before), ("candidate", now)):
            if ledger:
                cursor.execute(f"set local search_path = {schema}; {row_accounting.TABLES['column_ledger']}")
                load(connection, f"{schema}.column_ledger", ledger)
        cursor.execute("set local search_path = candidate, audit, public")
        return checks.run_check(cursor, checks.read_check(checks.FOLDER / "conservation_lost_values.sql"))


def ledger(file: str, values: int, lost: int) -> str:
    """A column ledger with one column."""
    return LEDGER.format(file=file, values=values, lost=lost)


@pytest.mark.parametrize(
    ("before", "now", "status"),
    [
        ("", ledger("avall", 400, 8), "passed"),
        ("", ledger("avall", 400, 9), "failed"),
        ("", ledger("avall", 60, 4), "passed"),
        ("", ledger("avall", 60, 5), "failed"),
        ("", ledger("avall", 2, 2), "failed"),
        ("", ledger("avall", 1, 1), "passed"),
        ("", ledger("up08NOV", 5, 4), "failed"),
        ("", ledger("up08NOV", 4, 2), "passed"),
        (ledger("avall", 1000, 10), ledger("avall", 1000, 15), "passed"),
        (ledger("avall", 1000, 10), ledger("avall", 1000, 16), "failed"),
        (ledger("avall", 1000, 0), ledger("avall", 1000, 6), "failed"),
        # A new file is compared with the others of the release before.
        (ledger("avall", 1000, 0), ledger("up08NOV", 800, 5), "failed"),
        (ledger("avall", 1000, 10), ledger("up08NOV", 800, 8), "passed"),
        (ledger("avall", 1000, 500), ledger("avall", 1000, 500), "failed"),
    ],
)
def test_a_column_that_loses_more_than_before_or_than_the_limit_stops_publication(
    schemas: Connection, before: str, now: str, status: str
) -> None:
    assert check(schemas, before, now).status == status


def test_the_first_release_after_an_upgrade_is_compared_with_the_limit_only(schemas: Connection) -> None:
    """The ledger of an earlier version has no losses."""
    with schemas.cursor() as cursor:
        cursor.execute("create table audit.column_ledger (source_file text)")
        cursor.execute("select count(*) from audit.published_lost_shares()")
        assert cursor.fetchone() == (0,)
