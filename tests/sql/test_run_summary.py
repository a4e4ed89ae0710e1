"""The summary at the end of a run names what was lost, quarantined, superseded, not recognized or ignored."""

from collections.abc import Iterator

import pytest
from psycopg2.extensions import connection as Connection
from tables import load

from pipeline.warehouse import mappings
from pipeline.warehouse.overlay import evaluate
from pipeline.warehouse.quality import row_accounting, run_summary

HEADING = f"{run_summary.WITHOUT_NEWER_EVENTS}:"


@pytest.fixture
def accounts(shared_database: Connection) -> Iterator[Connection]:
    """Empty row accounts of a release, in a transaction that is rolled back."""
    with shared_database.cursor() as cursor:
        cursor.execute("begin; create schema accounts; set local search_path = accounts")
        cursor.execute(";".join([*row_accounting.TABLES.values(), *evaluate.TABLES.values()]))
        mappings.fill_table(cursor, "code_supplement")
        yield shared_database
        cursor.execute("rollback")


def lines(connection: Connection, *ignored: tuple[str, str]) -> list[str]:
    with connection.cursor() as cursor:
        return run_summary.summary_lines(cursor, ignored)


def test_a_run_that_lost_nothing_has_no_summary(accounts: Connection) -> None:
    assert lines(accounts) == []


def test_everything_that_is_not_published_as_written_is_named(accounts: Connection) -> None:
    load(
        accounts,
        "column_ledger",
        """
        | source_file | source_table | source_column | values_in | values_lost | lost_examples  |
        | avall       | events       | ev_time       | 450       | 2           | "2400", "2561" |
        | avall       | events       | ev_date       | 450       | 0           |                |
        | avall       | events       | ev_city       |           |             |                |
        """,
    )
    load(
        accounts,
        "quarantine",
        """
        | source_file | source_table | source_row | reason    |
        | avall       | engines      | 1          | orphan    |
        | avall       | engines      | 2          | orphan    |
        | avall       | engines      | 3          | duplicate |
        """,
    )
    load(
        accounts,
        "row_conservation",
        """
        | source_file | source_table | rows_in | rows_quarantined | rows_superseded |
        | avall       | events       | 450     | 0                | 3               |
        | avall       | engines      | 500     | 3                | 4               |
        | up08NOV     | events       | 9       | 0                | 0               |
        """,
    )
    load(
        accounts,
        "source_edition",
        """
        | source_file | events | events_published | events_superseded | events_withdrawn |
        | avall       | 450    | 447              | 1                 | 2                |
        | up08NOV     | 9      | 9                | 0                 | 0                |
        """,
    )
    load(
        accounts,
        "unknown_code",
        """
        | source_file | source_table | source_column     | code | uses |
        | avall       | events       | ev_highest_injury | FOO  | 3    |
        | avall       | events       | ev_highest_injury | BAR  | 4    |
        | avall       | events       | gust_ind          | T    | 27   |
        """,
    )
    assert [line for line in lines(accounts, ("avall (1).zip", "the same bytes as avall.zip")) if line[0] == " "] == [
        "  avall (1).zip: the same bytes as avall.zip",
        '  avall events.ev_time: 2 of 450 (0.4 %), such as "2400", "2561"',
        "  avall engines: 3 of 500 rows: 1 duplicate, 2 orphan",
        "  avall: 2 of 450 events",
        "  avall: 7 of 950 rows, 3 of 450 events",
        "  avall events.ev_highest_injury: BAR (4), FOO (3)",
    ]


def test_lines_are_escaped_and_few(accounts: Connection) -> None:
    summary = lines(accounts, *((f"\x1b[31m\n{number:02}.zip", "x" * 1000) for number in range(25)))
    assert [len(summary), summary[0], summary[-1]] == [22, HEADING, "  and 5 more"]
    assert summary[1].startswith("  \\x1b[31m\\n00.zip: xxx")
    assert all(line.isprintable() and len(line) <= 302 for line in summary)


def test_without_a_release_only_ignored_files_are_listed(database: Connection) -> None:
    assert lines(database, ("a.zip", "not a zip")) == [HEADING, "  a.zip: not a zip"]
