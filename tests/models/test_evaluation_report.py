"""The sections of an evaluation report on a small study: models, decision rules, backtest, subgroups, controls."""

import json
from dataclasses import replace
from functools import cache
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from severity_frame import feature_table

from models.severity.config import ModelSettings, StudySettings
from models.severity.data import feature_registry, split
from models.severity.data.encoding import fit_encoder
from models.severity.data.population import CLASSES, select_population
from models.severity.estimators.class_shares import fit_class_shares, fit_recent_class_shares
from models.severity.estimators.ordinal import OrdinalModel
from models.severity.estimators.random_forest import RandomForestModel
from models.severity.evaluation import backtest, decision_rules, metrics, negative_controls
from models.severity.evaluation.report import FATAL_MODEL
from models.severity.study import Study, run_study

QUICK = StudySettings(rounds=25, early_stopping_rounds=5, n_bootstrap=20, trees=15)


@cache
def study() -> Study:
    return run_study(feature_table(1500), QUICK)


def test_all_models_are_evaluated_and_compared_with_the_primary_model() -> None:
    assert set(study().metrics) == {
        *("class shares", "recent shares", "logistic regression", "random forest", "ordinal xgboost", "xgboost")
    }
    assert set(study().paired) == set(study().metrics) - {"xgboost"}
    paired = study().paired["class shares"]["log_loss"]
    losses = [study().metrics[name]["test"]["log_loss"] for name in ("xgboost", "class shares")]
    assert paired["difference"] == pytest.approx(losses[0] - losses[1])
    assert paired["interval"][1] < 0


def test_the_report_is_json_without_nan() -> None:
    text = study().json()
    assert "NaN" not in text and json.loads(text)["split_id"] == study().split_id


def test_binary_metrics_of_every_model_and_of_the_binary_model() -> None:
    fatal = study().fatal
    assert set(fatal) == {*study().metrics, FATAL_MODEL}
    assert fatal[FATAL_MODEL]["roc_auc"] > 0.6
    assert fatal["xgboost"]["roc_auc"] == pytest.approx(study().metrics["xgboost"]["test"]["fatal_roc_auc"])
    assert fatal["class shares"]["log_loss_skill"] == 0
    assert "tuned on validation" in fatal["xgboost"]["decision_rule"]


def test_decision_rules_on_the_same_probabilities_have_the_same_log_loss() -> None:
    rules = study().decision_rules
    assert set(rules) == {metrics.DECISION_RULE, decision_rules.TUNED_RULE, decision_rules.TRAINED_RULE}
    assert all(evaluation["decision_rule"] == name for name, evaluation in rules.items())
    losses = {name: evaluation["log_loss"] for name, evaluation in rules.items()}
    assert losses[decision_rules.TUNED_RULE] == losses[metrics.DECISION_RULE] != losses[decision_rules.TRAINED_RULE]
    assert set(rules[decision_rules.TUNED_RULE]["weights"]) == set(CLASSES)


def test_backtest_windows_do_not_overlap_and_end_before_the_test_year() -> None:
    windows = study().backtest
    assert len(windows) == 5
    assert (windows[-1]["first_year"], windows[-1]["last_year"]) == (2016, 2018)
    assert all(window["last_year"] < following["first_year"] for window, following in pairwise(windows))
    assert sum(era["events"] for era in study().eras.values()) == sum(window["events"] for window in windows)
    assert all(window["models"]["class shares"]["log_loss_skill"] == 0 for window in windows)


def test_the_random_split_excludes_the_frozen_test_set() -> None:
    events = select_population(feature_table(400), 1982, 2021).events
    train, test = split.split_at_random(events, seed=1)
    assert set(train["ev_id"]) | set(test["ev_id"]) == set(events["ev_id"])
    assert not set(train["ev_id"]) & set(test["ev_id"])
    comparison = study().random_split_comparison
    n_events = study().counts["train"]["events"] + study().counts["validation"]["events"]
    assert comparison["random"]["events"] < 0.3 * n_events
    random, temporal = (comparison[name]["fatal_roc_auc"] for name in ("random", "temporal"))
    assert comparison["drop"]["fatal_roc_auc"] == pytest.approx(random - temporal)


def test_subgroups_partition_the_test_set() -> None:
    for column, groups in study().subgroups.items():
        assert sum(group["events"] for group in groups.values()) == study().counts["test"]["events"], column
        assert sum(group["fatal"] for group in groups.values()) == study().counts["test"]["FATL"], column


def test_negative_controls_pass_without_leakage() -> None:
    assert negative_controls.check_controls(study().negative_controls) == []


def test_negative_controls_detect_severity_in_the_event_number() -> None:
    table = feature_table(1500)
    digits = table["severity"].map({"NONE": "1", "MINR": "2", "SERS": "3", "FATL": "9"})
    table["ev_id"] = [f"{ev_id[:9]}{digit}{ev_id[-4:]}" for ev_id, digit in zip(table["ev_id"], digits, strict=True)]
    parts = split.split_by_year(select_population(table, 1982, 2021).events, 2016, 2019)
    features = tuple(feature_registry.features_at("T1"))
    controls = negative_controls.run_controls(
        parts.train, parts.validation, features, replace(QUICK, n_bootstrap=0), QUICK.boosting_settings()
    )
    warnings = negative_controls.check_controls(controls)
    assert [warning.check for warning in warnings] == [f"{negative_controls.EVENT_NUMBER_ONLY}: fatal AUC"]


def test_ordinal_probabilities_sum_to_one_also_with_a_single_class() -> None:
    events = select_population(feature_table(800), 1982, 2021).events
    parts = split.split_by_year(events, 2016, 2019)
    encoder = fit_encoder(parts.train, feature_registry.features_at("T1"), 20)
    settings = ModelSettings(QUICK.boosting_settings(), QUICK.trees)
    early = OrdinalModel.fit(parts.train, parts.validation, encoder, settings)
    probabilities = OrdinalModel.refit(early, parts.before(), encoder, settings).probabilities(parts.test)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1)
    assert probabilities.min() > 0
    one_class = parts.train.assign(severity="MINR")
    model = OrdinalModel.fit(one_class, parts.validation, encoder, settings)
    np.testing.assert_allclose(model.probabilities(parts.test)[:, 1], 1, atol=1e-5)


def test_random_forest_is_deterministic_and_accepts_absent_classes() -> None:
    events = select_population(feature_table(300), 1982, 2021).events
    encoder = fit_encoder(events, feature_registry.features_at("T1"), 20)
    settings = ModelSettings(QUICK.boosting_settings(), trees=5)
    first, second = (RandomForestModel.fit(events, events, encoder, settings).probabilities(events) for _ in range(2))
    np.testing.assert_array_equal(first, second)
    two_classes = events[events["severity"].isin(["NONE", "FATL"])]
    fitted = RandomForestModel.fit(two_classes, events, encoder, settings)
    assert fitted.probabilities(events)[:, 1].max() < 1e-5


def test_recent_class_shares_are_those_of_the_last_three_years() -> None:
    events = select_population(feature_table(300), 1982, 2021).events
    year = pd.to_datetime(events["ev_date"]).dt.year
    expected = fit_class_shares(events[year > year.max() - 3])
    np.testing.assert_array_equal(fit_recent_class_shares(events).shares, expected.shares)


def test_without_backtest_windows_the_dependent_sections_are_empty() -> None:
    events = select_population(feature_table(300, first_year=2014, years=8), 1982, 2021).events
    settings = replace(QUICK, backtest_windows=3)
    features = tuple(feature_registry.features_at("T0"))
    windows = backtest.run_backtest(events, features, settings, settings.boosting_settings())
    assert windows == [] and backtest.era_metrics(windows, settings) == {}
    assert backtest.compare_with_random_split(events, features, windows, settings, settings.boosting_settings()) == {}
