"""The monitoring views exist in a prepared database, and warn of planted conditions."""

from typing import Any

import pytest
from psycopg2.extensions import connection as Connection

from pipeline.operations import release_state, run_events, run_summaries

VIEWS = ("database_metrics", "data_quality_checks", "monthly_event_trends", "database_health", "slow_queries")

COMMENTLESS = """
    select attrelid::regclass::text, attname from pg_attribute
    where attrelid in (select oid from pg_class where relname like 'vw_%') and attnum > 0
        and col_description(attrelid, attnum) is null
"""


def ask(connection: Connection, query: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchall() if cursor.description else []


def status(connection: Connection, metric: str) -> str:
    ((result,),) = ask(connection, f"select status from mart.vw_database_health where metric = '{metric}'")
    return str(result)


@pytest.mark.parametrize("name", VIEWS)
def test_views_are_readable_before_the_first_release(database: Connection, name: str) -> None:
    assert ask(database, f"select * from mart.vw_{name}") is not None
    assert ask(database, f"select obj_description('mart.vw_{name}'::regclass, 'pg_class') is null") == [(False,)]
    assert ask(database, COMMENTLESS) == []


PLANTED = {
    "days since the last publication": (
        "insert into audit.publication_log (sequence, action, to_release, happened)"
        " values (1, 'publish', 'a', now() - interval '{} days')",
        (44, 46),
    ),
    "share of quarantined rows": (
        "create table if not exists audit.row_conservation as select {} as rows_quarantined, 10000 as rows_in",
        (10, 11),
    ),
    "failed checks": (
        "create table if not exists audit.check_result as select 'a' as check_name, '' as family, '' as severity,"
        " case when {} = 1 then 'failed' else 'warned' end as status, 1::bigint as offending, 0::bigint as allowed,"
        " '' as description",
        (0, 1),
    ),
    "last run failed": (
        "insert into audit.run_log values ('r', now(), now(), case when {} = 1 then 'failed' else 'succeeded' end,"
        " null, 0, 0, '{{}}')",
        (0, 1),
    ),
}


@pytest.mark.parametrize("metric", PLANTED)
@pytest.mark.parametrize("is_bad", [False, True])
def test_health_warns_of_a_planted_condition_and_not_otherwise(database: Connection, metric: str, is_bad: bool) -> None:
    statement, values = PLANTED[metric]
    ask(database, statement.format(values[is_bad]))
    assert status(database, metric) == ("warn" if is_bad else "ok")


def test_trends_compare_with_the_same_month_of_the_year_before(database: Connection) -> None:
    ask(database, "create table ntsb.events (ev_date date, ev_highest_injury text)")
    days = ["2019-03-01", "2020-03-01", "2020-03-31"]
    for number, day in enumerate(days):
        ask(database, f"insert into ntsb.events values ('{day}', '{'FATL' if number else 'NONE'}')")
    ask(database, "insert into ntsb.events values (null, null)")
    rows = ask(
        database, "select year, month, events, fatal_events, change from mart.vw_monthly_event_trends order by 1"
    )
    assert rows == [(2019, 3, 1, 0, None), (2020, 3, 2, 2, 1)]


def test_runs_that_ended_without_a_database_are_logged_by_a_later_one_and_each_once(database: Connection) -> None:
    runs = [run_events.run_id(second, 7) for second in (1_000_000, 2_000_000)]
    summaries = [
        run_summaries.summarize(run, [], 2_000_000, "interrupted", state)
        for run, state in zip(runs, ({}, {"release": "of this database"}), strict=True)
    ]
    elsewhere = run_summaries.summarize(run_events.run_id(1, 7), [], 2, "", {"release": "of another database"})
    ask(database, "insert into audit.release values ('of this database', 's', 1, true, '[]')")
    with database.cursor() as cursor:
        release_state.record_runs(cursor, summaries[1:])
        release_state.record_runs(cursor, [elsewhere, *summaries, *summaries])
        assert ask(database, "select run from audit.run_log order by run") == [(run,) for run in runs]
        assert release_state.forget_runs(cursor, 1_500_000) == 1
