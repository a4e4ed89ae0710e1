"""The population stability index is near zero for equal distributions, and large for planted shifts."""

import math
import random
from pathlib import Path

import duckdb
import pytest

from pipeline.operations import drift


def write_features(path: Path, shift: float, events: int = 3000) -> None:
    rng = random.Random(1)
    rows = []
    for number in range(events):
        year = 2010 + number % 13
        is_recent = year > 2019
        value = None if rng.random() < 0.1 else rng.gauss(shift if is_recent else 0, 1)
        text = "x" if rng.random() < (0.5 + shift / 4 if is_recent else 0.5) else "y"
        rows.append((str(number), year, True, value, text))
    with duckdb.connect() as connection:
        connection.execute(
            "create table e (ev_id varchar, ev_year double, is_accident boolean, value double, text varchar)"
        )
        connection.executemany("insert into e values (?, ?, ?, ?, ?)", rows)
        connection.execute("copy e to $path (format parquet)", {"path": str(path)})


@pytest.mark.parametrize(("shift", "low", "high"), [(0.0, 0.0, 0.05), (1.5, 0.3, 10.0)])
def test_the_index_measures_a_shift(tmp_path: Path, shift: float, low: float, high: float) -> None:
    write_features(tmp_path / "features.parquet", shift)
    measured = drift.measure(tmp_path / "features.parquet", None)
    assert set(measured["features"]) == {"value", "text"} and measured["score"] is None
    assert all(low <= index <= high for index in measured["features"].values()), measured


def test_the_index_of_categories_is_that_of_the_formula(tmp_path: Path) -> None:
    path = tmp_path / "features.parquet"
    with duckdb.connect() as connection:
        connection.execute(
            "create table e as select n::varchar as ev_id, (case when n < 1000 then 2020 else 2015 end)::double"
            " as ev_year, true as is_accident, case when n % 10 < (case when n < 1000 then 7 else 5 end)"
            " then 'x' else 'y' end as text from range(2000) as t(n)"
        )
        connection.execute("copy e to $path (format parquet)", {"path": str(path)})
    recent, earlier = 700.5 / 1001, 500.5 / 1001
    expected = (recent - earlier) * math.log(recent / earlier)
    expected += (earlier - recent) * math.log((1 - recent) / (1 - earlier))
    assert drift.measure(path, None)["features"]["text"] == pytest.approx(expected, abs=1e-4)


def test_few_events_are_not_measured(tmp_path: Path) -> None:
    write_features(tmp_path / "features.parquet", 0.0, events=100)
    assert drift.measure(tmp_path / "features.parquet", None) == {}
