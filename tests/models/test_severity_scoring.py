"""A model loaded from its files gives the same scores, and all invalid columns are reported together."""

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from severity_frame import feature_table
from studies import EVENTS, standard_study

from models.severity import artifacts, scoring
from models.severity.data.population import CLASSES
from models.severity.data.records import DAY_7, as_published
from models.severity.prediction_sets import prediction_sets
from models.severity.study import Study


def study() -> Study:
    return standard_study()


@pytest.fixture(scope="module")
def scorer(tmp_path_factory: pytest.TempPathFactory) -> scoring.Scorer:
    folder = tmp_path_factory.mktemp("study")
    artifacts.write_artifacts(study(), folder, artifacts.identity(study(), feature_table(EVENTS), "x"))
    return scoring.load_scorer(folder)


def test_scores_equal_the_models_probabilities(scorer: scoring.Scorer) -> None:
    table = feature_table(EVENTS)
    scores = scorer.scores(table.sample(frac=1, random_state=1))
    assert tuple(scores.columns) == scoring.COLUMNS
    assert list(scores["ev_id"]) == sorted(table["ev_id"])
    expected = study().model.probabilities(table.sort_values("ev_id", ignore_index=True))
    assert abs(scores[list(scoring.PROBABILITY_COLUMNS)].to_numpy() - expected).max() < 1e-6
    assert set(scores["model_version"]) == {f"severity-T1-{artifacts.model_digest(study())}"}


def test_a_release_has_scores_of_accidents_of_the_study_and_later_ones_only(scorer: scoring.Scorer) -> None:
    table = feature_table(EVENTS)
    table.loc[20, "is_us"] = False
    table.loc[21, "severity"] = None
    later = feature_table(30, first_year=2022, years=2, seed=9).assign(severity=None, has_injury_record=False)
    scores = scorer.study_scores(pd.concat([table, later], ignore_index=True)).set_index("ev_id")
    parts = {part: set(rows["ev_id"]) for part, rows in study().split.__dict__.items()}
    for part, ids in parts.items():
        assert set(scores.index[scores["part"] == part]) == ids - set(table.loc[[20, 21], "ev_id"]), part
    # The first seven events are abroad or no accidents.
    assert set(scores.index[scores["part"] == "later"]) == set(later["ev_id"][7:])
    assert set(scores["part"]) == {"train", "validation", "test", "later"}


def test_no_event_is_scored_while_a_leakage_warning_is_open(scorer: scoring.Scorer, tmp_path: Path) -> None:
    alarmed = replace(scorer, leakage_warnings=["phase: fatal AUC: expected at most 0.8, found 0.900; look"])
    empty = alarmed.study_scores(feature_table(EVENTS))
    assert empty.empty and tuple(empty.columns) == scoring.COLUMNS
    with pytest.raises(scoring.OpenLeakageWarning, match=r"no open leakage warning, found 1: phase: fatal AUC"):
        alarmed.require_no_warning()
    scorer.require_no_warning()


def test_record_missing_share_and_set_describe_the_input(scorer: scoring.Scorer) -> None:
    table = feature_table(60)
    features = scorer.model.encoder.features
    late = as_published(table, features, DAY_7)
    closed, open_cases = scorer.scores(table), scorer.scores(late)
    assert set(closed["record"]) == {"closed"} and set(open_cases["record"]) == {"day-7"}
    names = [feature.column for feature in features]
    by_id = late.set_index("ev_id")[names].isna().mean(axis=1)
    assert abs(open_cases.set_index("ev_id")["missing_share"] - by_id).max() < 1e-6
    assert closed["part"].isna().all()
    # The sets of a record depend on the thresholds of that record.
    shares = closed[list(scoring.PROBABILITY_COLUMNS)].to_numpy()
    assert list(closed["prediction_set"]) == prediction_sets(shares, scorer.thresholds["closed"])
    assert all(set(chosen.split(",")) <= set(CLASSES) for chosen in open_cases["prediction_set"])


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
