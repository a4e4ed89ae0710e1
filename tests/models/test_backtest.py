"""The backtest repeats the recipe of the study, and a random split is compared on the same events."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from severity_frame import feature_table
from studies import COMPLETE, standard_study

from models.severity.data import feature_registry, split
from models.severity.data.encoding import fit_encoder, labels
from models.severity.data.population import select_population
from models.severity.estimators.xgboost_multiclass import BoostedModel
from models.severity.evaluation import backtest, bootstrap, calibration_error
from models.severity.evaluation.predictions import PROBABILITIES
from models.severity.study import Study

FEATURES = tuple(feature for feature in feature_registry.features_at("T1") if feature.column == "phase")


def study() -> Study:
    return standard_study(COMPLETE)


def years_of(events: pd.DataFrame) -> pd.Series:
    return pd.to_datetime(events["ev_date"]).dt.year


def test_windows_do_not_overlap_and_end_before_the_test_year() -> None:
    windows = study().backtest
    assert len(windows) == 5
    assert (windows[-1]["first_year"], windows[-1]["last_year"]) == (2016, 2018)
    assert all(window["last_year"] < following["first_year"] for window, following in pairwise(windows))
    assert sum(era["events"] for era in study().eras.values()) == sum(window["events"] for window in windows)
    assert all(window["models"]["class shares"]["log_loss_skill"] == 0 for window in windows)


def test_every_window_is_fitted_on_all_earlier_years() -> None:
    before = study().split.before()
    for window in study().backtest:
        assert window["n_train"] == int((years_of(before) < window["first_year"]).sum())


def test_a_window_has_the_model_that_is_fitted_on_all_earlier_years_with_its_rounds() -> None:
    """Also where it is the first rounds of the model of the next window."""
    events = study().split.before()
    settings = replace(COMPLETE, rounds=12, backtest_windows=3, n_bootstrap=0)
    boosting = settings.boosting_settings()
    spared = 0
    windows = backtest.run_backtest(events, FEATURES, settings, boosting)
    for window, following in pairwise([*windows, None]):
        before = events[years_of(events) < years_of(window.events).min()].reset_index(drop=True)
        encoder = fit_encoder(before, FEATURES, settings.min_category_count)
        refitted = BoostedModel.refit(window.model, before, encoder, settings.model_settings(boosting))
        np.testing.assert_array_equal(refitted.probabilities(window.events), window.predictions["xgboost"])
        spared += following is not None and window.model.rounds <= following.model.rounds
    assert spared


def test_a_relation_that_appears_in_the_validation_years_is_used() -> None:
    events = select_population(feature_table(1500), 1982, 2021).events
    events = events[years_of(events) < 2019]
    generator = np.random.default_rng(6)
    # New codes that are related to severity, from 2013 on: the validation years of the last window, and its own.
    shuffled = pd.Series(generator.permutation(events["phase"].to_numpy()), index=events.index)
    related = events["severity"].eq("FATL").map({True: "new code 1", False: "new code 2"})
    events = events.assign(phase=shuffled.where(years_of(events) < 2013, related))
    settings = replace(COMPLETE, backtest_windows=1, n_bootstrap=0)
    (window,) = backtest.run_backtest(events, FEATURES, settings, settings.boosting_settings())
    result = backtest.window_metrics([window], settings)[0]["models"]["xgboost"]
    assert result["fatal_roc_auc"] > 0.9


def test_the_random_split_is_evaluated_on_the_same_events_with_as_many_training_events() -> None:
    comparison, last = study().random_split_comparison, study().backtest[-1]
    assert comparison["events"] == last["events"] == comparison["random"]["events"] == comparison["temporal"]["events"]
    assert comparison["n_train"] == last["n_train"]
    assert comparison["temporal"]["fatal_roc_auc"] == last["models"]["xgboost"]["fatal_roc_auc"]
    random, temporal = (comparison[name]["fatal_roc_auc"] for name in ("random", "temporal"))
    assert comparison["drop"]["fatal_roc_auc"] == pytest.approx(random - temporal)
    assert random != temporal


def test_the_interval_of_the_cost_of_a_temporal_split_is_paired() -> None:
    comparison = study().random_split_comparison
    low, high = comparison["drop"]["intervals"]["log_loss"]
    widths = [np.ptp(comparison[name]["intervals"]["log_loss"]) for name in ("random", "temporal")]
    # Unpaired, the variances of both would add up.
    assert high - low < 0.8 * np.hypot(*widths)


def test_no_random_model_is_fitted_on_the_events_that_it_predicts(monkeypatch: pytest.MonkeyPatch) -> None:
    events = select_population(feature_table(700), 1982, 2021).events
    settings = replace(COMPLETE, backtest_windows=1, n_bootstrap=0)
    windows = backtest.run_backtest(events, FEATURES, settings, settings.boosting_settings())
    folds = []

    def record(train: pd.DataFrame, test: pd.DataFrame, *arguments: object) -> backtest.Predictions:
        folds.append((train, test))
        return {name: np.full((len(test), 4), 0.25) for name in windows[-1].predictions if name != "recent shares"}

    monkeypatch.setattr(backtest, "_fit_and_predict", record)
    backtest.compare_with_random_split(events, FEATURES, windows, settings, settings.boosting_settings())
    assert all(not set(train["ev_id"]) & set(test["ev_id"]) for train, test in folds)
    assert all(len(train) == windows[-1].n_train and years_of(train).max() < 2019 for train, _ in folds)
    assert sorted(pd.concat([test for _, test in folds])["ev_id"]) == sorted(windows[-1].events["ev_id"])


def test_metrics_of_eras_are_averages_within_windows() -> None:
    """If windows with different shares of fatal events were pooled, constant predictions would rank their events."""
    for era in study().eras.values():
        assert era["models"]["class shares"]["fatal_roc_auc"] == pytest.approx(0.5)
    windows = study().backtest
    average = study().backtest_average["xgboost"]["fatal_roc_auc"]
    areas = [window["models"]["xgboost"]["fatal_roc_auc"] for window in windows]
    assert average == pytest.approx(np.average(areas, weights=[window["events"] for window in windows]))
    assert study().backtest_average["class shares"]["fatal_roc_auc"] == pytest.approx(0.5)


def test_the_calibration_error_of_an_era_and_its_null_are_of_the_same_events() -> None:
    rows = study().predictions.query("model == 'xgboost' and part.str.match('backtest [0-9-]+$')")
    is_old = rows["ev_id"].str[:4].astype(int) < 2008
    for era, of_era in (("pre2008", rows[is_old]), ("avall", rows[~is_old])):
        truth = labels(of_era)
        error = calibration_error.of_most_likely_class(truth, of_era[list(PROBABILITIES)].to_numpy())
        assert study().eras[era]["models"]["xgboost"]["expected_calibration_error"] == pytest.approx(error)
    assert "expected_calibration_error" not in study().backtest_average["xgboost"]


def test_scaling_is_learned_from_predictions_of_earlier_models_only() -> None:
    events = select_population(feature_table(700), 1982, 2021).events
    settings = replace(COMPLETE, backtest_windows=2)
    windows = backtest.run_backtest(events, FEATURES, settings, settings.boosting_settings())
    pooled = backtest.out_of_fold(windows)
    assert pooled is not None and len(pooled[0]) == len(pooled[1]) == sum(len(window.events) for window in windows)
    np.testing.assert_array_equal(pooled[0], np.concatenate([labels(window.events) for window in windows]))
    assert study().calibration["events"] == sum(window["events"] for window in study().backtest)


def test_without_windows_the_dependent_sections_are_empty() -> None:
    events = select_population(feature_table(300, first_year=2014, years=8), 1982, 2021).events
    settings = replace(COMPLETE, backtest_windows=3)
    windows = backtest.run_backtest(events, FEATURES, settings, settings.boosting_settings())
    assert windows == [] and backtest.era_metrics(windows, settings) == {}
    assert backtest.average_metrics(windows, settings) == {} and backtest.out_of_fold(windows) is None
    assert backtest.compare_with_random_split(events, FEATURES, windows, settings, settings.boosting_settings()) == {}


def test_the_share_of_fatal_events_of_a_window_does_not_change_its_ranking() -> None:
    truth = np.array([0, 3, 0, 3, 3, 3, 0, 3])
    constant = np.tile([0.4, 0.1, 0.1, 0.4], (8, 1))
    area, _ = bootstrap.ranking_metrics(truth == 3, constant[:, 3], np.ones((1, 8)))
    assert area[0] == 0.5
    events = select_population(feature_table(300), 1982, 2021).events
    assert split.rolling_windows(events, 2, 3, 2019)
