"""A study evaluates its models on the closed record and on the record of a week after the event."""

from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
from severity_frame import feature_table

from models.severity.data.records import CLOSED, DAY_7, as_published
from models.severity.study import Study, StudySettings, run_study

QUICK = StudySettings(
    rounds=40, learning_rate=0.2, early_stopping_rounds=10, n_bootstrap=5, trees=3, backtest_windows=1
)
WEATHER = {"wx_cond_basic": None, "light_cond": None}


def table() -> pd.DataFrame:
    """In closed cases the weather is missing where no occupant survived, in open ones because it is early."""
    events = feature_table(2000)
    lost = (events["severity"] == "FATL") & (np.random.default_rng(5).random(len(events)) < 0.3)
    return events.assign(**{name: events[name].where(~lost, None) for name in WEATHER})


@cache
def study(masked_share: float) -> Study:
    # The backtest and the forest of the study without masking are not looked at.
    return run_study(table(), replace(QUICK, masked_share=masked_share, backtest_windows=int(masked_share > 0)))


def mean_fatal(result: Study, blank: bool) -> float:
    """The mean predicted share of fatal events among those that have weather, with it or without."""
    test = result.split.test
    known = test[test["wx_cond_basic"].notna() & test["light_cond"].notna()].reset_index(drop=True)
    return float(result.model.probabilities(known.assign(**WEATHER) if blank else known)[:, 3].mean())


def test_missing_weather_of_an_open_case_does_not_look_like_a_fatal_accident() -> None:
    change = mean_fatal(study(0.5), blank=True) - mean_fatal(study(0.5), blank=False)
    unmasked = mean_fatal(study(0), blank=True) - mean_fatal(study(0), blank=False)
    assert unmasked > 0.15, "the fault that masking repairs"
    assert abs(change) < unmasked / 2


def test_every_metric_of_the_closed_record_is_there_for_day_7() -> None:
    closed = study(0.5).to_dict()
    for name in ("metrics", "paired", "fatal", "decision_rules", "calibration", "backtest", "eras", "subgroups"):
        assert closed["day_7"][name].__class__ is closed[name].__class__ and len(closed["day_7"][name]) == len(
            closed[name]
        )
    assert closed["day_7"]["metrics"]["class shares"] == closed["metrics"]["class shares"]
    for model in ("xgboost", "ordinal xgboost", "logistic regression", "random forest"):
        assert closed["day_7"]["metrics"][model]["test"] != closed["metrics"][model]["test"], model


def test_predictions_of_day_7_are_those_from_the_record_of_that_day() -> None:
    result = study(0.5)
    predictions = result.predictions.query("part == 'test, day-7' and model == 'xgboost'")
    seen = as_published(result.split.test, result.model.encoder.features, DAY_7)
    np.testing.assert_allclose(predictions[["p_none", "p_minr", "p_sers", "p_fatl"]], result.model.probabilities(seen))
    closed = result.predictions[result.predictions["part"] == "test"]
    assert len(closed.query("model == 'xgboost'")) == len(predictions) == len(result.split.test)


def test_prediction_sets_have_thresholds_for_both_records() -> None:
    thresholds = study(0.5).thresholds
    assert set(thresholds) == {CLOSED, DAY_7} and thresholds[CLOSED] != thresholds[DAY_7]


def test_the_spread_over_seeds_is_reported() -> None:
    result = run_study(feature_table(400), replace(QUICK, n_seeds=3, backtest_windows=0))
    loss = result.seeds["log_loss"]
    assert len(set(loss["values"])) == 3 and loss["values"][0] == result.metrics["xgboost"]["validation"]["log_loss"]
    assert loss["standard_deviation"] > 0
    assert study(0.5).seeds["log_loss"]["standard_deviation"] is None


def test_events_whose_label_differs_from_the_injured_are_counted() -> None:
    events = feature_table(400)
    result = run_study(events.assign(has_label_disagreement=events.index % 10 == 0), replace(QUICK, backtest_windows=0))
    assert sum(result.label_disagreements.values()) in range(20, 41)
    assert study(0.5).label_disagreements == {}
