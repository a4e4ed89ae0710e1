"""The split: by date, no event in two parts."""

import pandas as pd
import pytest
from severity_frame import feature_table

from models.severity.data.split import EmptyPartition, Split, assert_disjoint, split_by_year


def test_the_year_of_the_date_decides() -> None:
    split = split_by_year(feature_table(300), 2016, 2019)
    years = {part: pd.to_datetime(getattr(split, part)["ev_date"]).dt.year for part in ("train", "validation", "test")}
    assert years["train"].max() < 2016
    assert set(years["validation"]) == {2016, 2017, 2018}
    assert years["test"].min() >= 2019
    assert sum(split.counts().values()) == 300


def test_row_order_changes_nothing() -> None:
    table = feature_table(300)
    one, other = split_by_year(table, 2016, 2019), split_by_year(table.sample(frac=1, random_state=3), 2016, 2019)
    pd.testing.assert_frame_equal(one.train, other.train)


def test_an_event_in_two_parts_is_refused() -> None:
    table = feature_table(30)
    with pytest.raises(ValueError, match="no event in two parts expected, 30 found"):
        assert_disjoint(Split(table, table, table.head(0)))


def test_an_empty_part_is_an_error_with_the_events_of_each_year() -> None:
    with pytest.raises(EmptyPartition, match=r"No events to test with .*Events per year: \{2000: \d+, 2001: \d+\}"):
        split_by_year(feature_table(100, years=2), 2001, 2010)
