"""The time limit of a sync is that of its work: the pauses between its polls are not part of it."""

import datetime
from collections.abc import Iterator

import pytest
from luigi.configuration import get_config

from pipeline.tasks.schedules import WeeklySync

DATE = datetime.date(2026, 12, 1)


@pytest.fixture
def polls_for_hours() -> Iterator[None]:
    """Forty polls, ten minutes apart."""
    values = {name: get_config().get("Operations", name) for name in ("polls", "poll_interval_s", "task_timeouts_s")}
    get_config().set("Operations", "polls", "40")
    get_config().set("Operations", "poll_interval_s", "600")
    yield
    for name, value in values.items():
        get_config().set("Operations", name, value)


def test_pauses_between_polls_are_added_to_the_time_limit(polls_for_hours: None) -> None:
    assert WeeklySync(date=DATE).worker_timeout == 7200 + 40 * 600


def test_a_time_limit_that_is_set_for_the_sync_stays(polls_for_hours: None) -> None:
    get_config().set("Operations", "task_timeouts_s", '{"WeeklySync": 60}')
    assert WeeklySync(date=DATE).worker_timeout is None, "the worker sets it"
