"""The split is by date, and no event is in two partitions."""

import pandas as pd
import pytest
from severity_frame import feature_table

from models.severity.data.split import EmptyPartition, Split, assert_disjoint, split_by_year


def test_year_of_the_event_decides_the_partition() -> None:
    split = split_by_year(feature_table(300), 2016, 2019)
    years = {part: pd.to_datetime(getattr(split, part)["ev_date"]).dt.year for part in ("train", "validation", "test")}
    assert years["train"].max() < 2016
    assert set(years["validation"]) == {2016, 2017, 2018}
    assert years["test"].min() >= 2019
    assert sum(split.counts().values()) == 300


def test_row_order_does_not_matter() -> None:
    table = feature_table(300)
    one, other = split_by_year(table, 2016, 2019), split_by_year(table.sample(frac=1, random_state=3), 2016, 2019)
    pd.testing.assert_frame_equal(one.train, other.train)


def test_an_event_in_two_partitions_is_an_error() -> None:
    table = feature_table(30)
    with pytest.raises(ValueError, match="expected no event in two partitions, found 30"):
        assert_disjoint(Split(table, table, table.head(0)))


def test_empty_partition_error_has_the_events_per_year() -> None:
    with pytest.raises(EmptyPartition, match=r"found none in test \(events per year: \{2000: \d+, 2001: \d+\}"):
        split_by_year(feature_table(100, years=2), 2001, 2010)


@pytest.mark.parametrize("years", [(1990, 1995), (2030, 2031), (2001, 2030)])
def test_following_the_advice_for_an_empty_partition_fills_all(years: tuple[int, int]) -> None:
    table = feature_table(200, years=4)
    with pytest.raises(EmptyPartition) as raised:
        split_by_year(table, *years)
    validation_year, test_year = map(int, str(raised.value).partition("for example, ")[2].split(" and "))
    assert min(split_by_year(table, validation_year, test_year).counts().values()) > 0
