"""Change dates that nothing leads to, such as 2099, do not make a file the newest."""

from collections import Counter

import pytest

from pipeline.ingest.change_dates import find_periods, newest_plausible

RECENT = {f"2025-{month:02d}-01 00:00:00": 3 for month in range(1, 12)}


def newest(*files: tuple[dict[str, int], list[str]]) -> list[str]:
    """The newest plausible change of each file, given as ({change: number}, dates of events)."""
    periods = {str(number): find_periods(changes.items(), events) for number, (changes, events) in enumerate(files)}
    return list(newest_plausible(periods).values())


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ([], ""),
        (["2020-01-01"], "2020-01-01"),
        # In a file with few changes, five years are needed; with many, one.
        (["2020-01-01"] * 18 + ["2021-03-01"], "2021-03-01"),
        (["2020-01-01"] * 19 + ["2021-01-01"], "2021-01-01"),
        (["2020-01-01"] * 19 + ["2021-03-01"], "2020-01-01"),
        (["2020-01-01"] * 2 + ["2099-01-01"], "2020-01-01"),
        (["2020-01-01"] * 18 + ["2050-01-01", "2099-01-01"], "2020-01-01"),
        (["2020-01-01"] * 38 + ["2099-01-01"] * 2, "2020-01-01"),
        (["2020-01-01"] * 3 + ["9999-12-31"] * 2, "2020-01-01"),
        # Several changes within five years, and half of the changes, are not mistakes.
        (["2020-01-01"] * 38 + ["2024-01-01"] * 2, "2024-01-01"),
        (["2020-01-01", "2099-01-01"], "2099-01-01"),
        (["2000-12-04"] * 20 + ["2021-12-01"] * 30, "2021-12-01"),
    ],
)
def test_few_changes_after_a_gap_do_not_make_a_file_newer(changes: list[str], expected: str) -> None:
    assert newest((dict(Counter(changes)), [])) == [expected]


@pytest.mark.parametrize("wrong", ["2031-06-01", "2050-01-01", "2099-12-31", "9999-12-31"])
@pytest.mark.parametrize("number", [1, 2, 5])
def test_a_small_file_with_wrong_dates_is_not_newer_than_the_other_files(wrong: str, number: int) -> None:
    small = {"2025-02-01": 1, wrong: number}
    assert newest((RECENT, []), (small, ["2024-12-24"])) == ["2025-11-01 00:00:00", "2025-02-01"]
    assert newest((RECENT, []), ({wrong: number}, ["2024-12-24"])) == ["2025-11-01 00:00:00", ""]


def test_an_event_shortly_before_shows_that_a_change_is_plausible() -> None:
    """A weekly file is added to a database that is ten years old."""
    assert newest((RECENT, []), ({"2035-11-07": 1}, ["2035-11-01"])) == ["2025-11-01 00:00:00", "2035-11-07"]
    assert newest(({"2020-01-01": 19, "2023-01-02": 1}, ["2023-01-01"])) == ["2023-01-02"]


def test_the_order_of_dates_and_files_does_not_matter() -> None:
    files = [(RECENT, ["2024-01-01"]), ({"2099-01-01": 2, "2025-03-01": 1}, []), ({"2021-01-01": 7}, ["1999-01-01"])]
    backwards = [(dict(reversed(changes.items())), events) for changes, events in reversed(files)]
    assert newest(*files) == newest(*backwards)[::-1] == ["2025-11-01 00:00:00", "2025-03-01", "2021-01-01"]
