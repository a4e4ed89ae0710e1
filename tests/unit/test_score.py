"""A model read back from its files scores as it did, and says which columns it cannot use, all at once."""

from functools import cache

import pandas as pd
import pytest
from severity_frame import feature_table

from models.severity import artifacts, scoring
from models.severity.study import Study, StudySettings, run_study

QUICK = StudySettings(rounds=20, early_stopping_rounds=5, n_bootstrap=5, backtest_windows=0, trees=5)


@cache
def study() -> Study:
    return run_study(feature_table(400), QUICK)


@pytest.fixture(scope="module")
def scorer(tmp_path_factory: pytest.TempPathFactory) -> scoring.Scorer:
    folder = tmp_path_factory.mktemp("study")
    artifacts.write_artifacts(study(), folder, artifacts.identity(study(), feature_table(400), "x"))
    return scoring.load_scorer(folder)


def test_scores_are_the_model_s_own_probabilities(scorer: scoring.Scorer) -> None:
    table = feature_table(400)
    found = scorer.scores(table.sample(frac=1, random_state=1))
    assert tuple(found.columns) == scoring.COLUMNS
    assert list(found["ev_id"]) == sorted(table["ev_id"])
    own = study().model.probabilities(table.sort_values("ev_id", ignore_index=True))
    assert abs(found[list(scoring.PROBABILITY_COLUMNS)].to_numpy() - own).max() < 1e-6
    assert set(found["model_version"]) == {f"severity-T1-{artifacts.model_digest(study())}"}


def test_the_outcome_is_not_needed_and_not_looked_at(scorer: scoring.Scorer) -> None:
    table = feature_table(50)
    blind = table.drop(columns=["severity", "ev_date"])
    pd.testing.assert_frame_equal(scorer.scores(blind), scorer.scores(table.assign(damage="DEST", severity=None)))


def test_every_wrong_column_is_named_at_once(scorer: scoring.Scorer) -> None:
    table = feature_table(30).drop(columns=["month", "phase"])
    table["hour"] = "noon"
    table["make"] = 7
    table["is_on_airport"] = "Y"
    table.loc[3, "ev_id"] = table.loc[4, "ev_id"]
    table.loc[5, "ev_id"] = None
    with pytest.raises(scoring.InvalidColumns) as found:
        scorer.scores(table)
    told = str(found.value)
    for words in (
        "columns are wrong",
        "ev_id: one in each row expected, 1 rows without found",
        "ev_id: one row per event expected, 1 repeated found",
        "month: a number expected, no such column found",
        "phase: a category expected, no such column found",
        "hour: finite numbers expected",
        "make: text expected, int64 such as 7 found",
        "is_on_airport: true and false expected",
    ):
        assert words in told, told


def test_numbers_without_end_are_wrong_and_no_events_are_no_scores(scorer: scoring.Scorer) -> None:
    table = feature_table(20)
    table.loc[3, "hour"] = float("inf")
    table["total_seats"] = [-float("inf"), *[2] * 19]
    with pytest.raises(
        scoring.InvalidColumns,
        match=r"2 columns.*hour: finite numbers .*total_seats: finite numbers expected, float64 such as -inf found",
    ):
        scorer.scores(table)
    assert scorer.scores(feature_table(20).head(0)).empty


def test_columns_that_are_blank_throughout_are_missing_values(scorer: scoring.Scorer) -> None:
    blank = feature_table(20).assign(phase=None, hour=None, is_on_airport=None)
    assert len(scorer.scores(blank)) == 20


def test_whole_numbers_and_nullable_types_are_as_good(scorer: scoring.Scorer) -> None:
    table = feature_table(20)
    whole = table.assign(month=pd.array([1] * 20, dtype="Int64"), is_mid_air=pd.array([True] * 20, dtype="boolean"))
    plain = table.assign(month=1.0, is_mid_air=True)
    pd.testing.assert_frame_equal(scorer.scores(whole), scorer.scores(plain))
