"""A model loaded from its files gives the same scores, and all invalid columns are reported together."""

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


def test_scores_equal_the_models_probabilities(scorer: scoring.Scorer) -> None:
    table = feature_table(400)
    scores = scorer.scores(table.sample(frac=1, random_state=1))
    assert tuple(scores.columns) == scoring.COLUMNS
    assert list(scores["ev_id"]) == sorted(table["ev_id"])
    expected = study().model.probabilities(table.sort_values("ev_id", ignore_index=True))
    assert abs(scores[list(scoring.PROBABILITY_COLUMNS)].to_numpy() - expected).max() < 1e-6
    assert set(scores["model_version"]) == {f"severity-T1-{artifacts.model_digest(study())}"}


def test_scores_do_not_depend_on_the_outcome(scorer: scoring.Scorer) -> None:
    table = feature_table(50)
    without_outcome = table.drop(columns=["severity", "ev_date"])
    pd.testing.assert_frame_equal(
        scorer.scores(without_outcome), scorer.scores(table.assign(damage="DEST", severity=None))
    )


def test_all_invalid_columns_are_reported_together(scorer: scoring.Scorer) -> None:
    table = feature_table(30).drop(columns=["month", "phase"])
    table["hour"] = "noon"
    table["make"] = 7
    table["is_on_airport"] = "Y"
    table.loc[3, "ev_id"] = table.loc[4, "ev_id"]
    table.loc[5, "ev_id"] = None
    with pytest.raises(scoring.InvalidColumns) as error:
        scorer.scores(table)
    for part in (
        "7 invalid columns",
        "ev_id: expected a value in each row, found 1 rows without",
        "ev_id: expected one row per event, found 1 repeated rows",
        "month: expected a column with finite numbers, found none",
        "phase: expected a column with text, found none",
        "hour: expected finite numbers",
        "make: expected text, found int64 such as 7",
        "is_on_airport: expected true and false",
    ):
        assert part in str(error.value)


def test_infinite_numbers_are_invalid_and_no_events_give_no_scores(scorer: scoring.Scorer) -> None:
    table = feature_table(20)
    table.loc[3, "hour"] = float("inf")
    table["total_seats"] = [-float("inf"), *[2] * 19]
    with pytest.raises(
        scoring.InvalidColumns,
        match=r"2 invalid columns: hour: expected .*total_seats: expected finite numbers, found float64 such as -inf",
    ):
        scorer.scores(table)
    assert scorer.scores(feature_table(20).head(0)).empty


def test_empty_columns_are_missing_values(scorer: scoring.Scorer) -> None:
    blank = feature_table(20).assign(phase=None, hour=None, is_on_airport=None)
    assert len(scorer.scores(blank)) == 20


def test_integers_and_nullable_types_are_accepted(scorer: scoring.Scorer) -> None:
    table = feature_table(20)
    whole = table.assign(month=pd.array([1] * 20, dtype="Int64"), is_mid_air=pd.array([True] * 20, dtype="boolean"))
    plain = table.assign(month=1.0, is_mid_air=True)
    pd.testing.assert_frame_equal(scorer.scores(whole), scorer.scores(plain))
