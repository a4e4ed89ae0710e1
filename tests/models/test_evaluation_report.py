"""The tables of the judgement: yes or no, decision rules, calibration, origins, groups, controls."""

import json
from dataclasses import replace
from functools import cache
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from severity_frame import feature_table

from models.severity.config import StudySettings
from models.severity.data import feature_registry, split
from models.severity.data.encoding import fit_encoder, labels
from models.severity.data.population import CLASSES, select_population
from models.severity.estimators.class_shares import fit_class_shares, fit_recent_class_shares
from models.severity.estimators.ordinal import fit_ordinal, fit_ordinal_with_early_stopping
from models.severity.estimators.random_forest import fit_forest
from models.severity.evaluation import backtest, calibration, decision_rules, fatal_metrics, metrics, negative_controls
from models.severity.evaluation.report import FATAL_MODEL
from models.severity.study import Study, run_study

QUICK = StudySettings(rounds=25, early_stopping_rounds=5, n_bootstrap=20, trees=15)
DICE = np.random.default_rng(5)
TRUTH = DICE.integers(0, 4, 2000)
SHARES = DICE.dirichlet([1, 1, 1, 1], 2000)


@cache
def study() -> Study:
    return run_study(feature_table(1500), QUICK)


def test_the_models_and_their_differences_are_there() -> None:
    found = study()
    assert set(found.metrics) == {
        *("class shares", "recent shares", "logistic regression", "random forest", "ordinal xgboost", "xgboost")
    }
    assert set(found.paired) == set(found.metrics) - {"xgboost"}
    against = found.paired["class shares"]["log_loss"]
    difference = found.metrics["xgboost"]["test"]["log_loss"] - found.metrics["class shares"]["test"]["log_loss"]
    assert against["difference"] == pytest.approx(difference)
    assert against["interval"][1] < 0
    assert "NaN" not in found.json() and json.loads(found.json())["split_id"] == found.split_id


def test_yes_or_no_is_asked_of_every_model_and_of_one_that_is_asked_nothing_else() -> None:
    found = study().fatal
    assert set(found) == {*study().metrics, FATAL_MODEL}
    assert found[FATAL_MODEL]["roc_auc"] > 0.6
    assert found["xgboost"]["roc_auc"] == pytest.approx(study().metrics["xgboost"]["test"]["fatal_roc_auc"])
    assert found["class shares"]["log_loss_skill"] == 0
    assert "tuned on validation" in found["xgboost"]["decision_rule"]


def test_yes_no_figures_by_hand() -> None:
    died, said = np.array([True, False, True, False]), np.array([0.9, 0.6, 0.4, 0.1])
    found = fatal_metrics.evaluate_fatal(died, said, 0.5, 0, 1, np.full(4, 0.5))
    assert (found["precision"], found["recall"], found["accuracy"]) == (0.5, 0.5, 0.5)
    assert found["roc_auc"] == 0.75
    assert found["brier"] == pytest.approx((0.01 + 0.36 + 0.36 + 0.01) / 4)
    assert found["intervals"] == {}
    assert fatal_metrics.choose_threshold(died, said) == pytest.approx(0.11)
    nobody = fatal_metrics.evaluate_fatal(np.array([False, False]), said[:2], 0.5, 5, 1, said[:2])
    assert nobody["roc_auc"] is None and nobody["recall"] is None


def test_weights_are_those_that_help_rare_classes() -> None:
    said = np.eye(4)[TRUTH] * 0.1 + SHARES * [0.75, 0.05, 0.05, 0.05]
    said /= said.sum(axis=1, keepdims=True)
    weights = decision_rules.tune_class_weights(TRUTH, said)
    assert weights[0] == 1 and weights[1:].min() > 1
    plain, tuned = (
        metrics.compute_metrics(TRUTH, said, (said * each).argmax(axis=1))["macro_f1"] for each in (1, weights)
    )
    assert tuned is not None and plain is not None and tuned > plain + 0.1


def test_rules_share_probabilities_and_say_their_name() -> None:
    rules = study().decision_rules
    assert set(rules) == {metrics.DECISION_RULE, decision_rules.TUNED_RULE, decision_rules.TRAINED_RULE}
    assert all(found["decision_rule"] == name for name, found in rules.items())
    assert (
        rules[decision_rules.TUNED_RULE]["log_loss"]
        == rules["argmax"]["log_loss"]
        != rules[decision_rules.TRAINED_RULE]["log_loss"]
    )
    assert set(rules[decision_rules.TUNED_RULE]["weights"]) == set(CLASSES)


def test_scaling_mends_what_is_stated_too_boldly() -> None:
    truth = np.array([DICE.choice(4, p=row) for row in SHARES])
    bold = calibration.VectorScaling(2.0, (0.0, 0.0, 0.0, 0.5)).apply(SHARES)
    found = calibration.fit_scaling(truth[:1000], bold[:1000])
    assert found.slope == pytest.approx(0.5, abs=0.1)
    mended = found.apply(bold[1000:])
    assert (
        metrics.expected_calibration_error(truth[1000:], mended)
        < metrics.expected_calibration_error(truth[1000:], bold[1000:]) / 2
    )
    np.testing.assert_allclose(calibration.VectorScaling(1.0, (0.0,) * 4).apply(SHARES), SHARES, atol=1e-5)


def test_bins_say_what_was_stated_and_what_happened() -> None:
    found = calibration.reliability_bins(np.array([True, False, True, True]), np.array([0.05, 0.05, 1.0, 0.95]))
    assert [row["events"] for row in found] == [2, *[0] * 8, 2]
    assert (found[0]["mean_predicted"], found[0]["observed_share"]) == (0.05, 0.5)
    assert found[9]["observed_share"] == 1.0 and found[9]["interval"][0] == pytest.approx(0.342, abs=0.001)
    assert found[4] == {
        "from": 0.4,
        "events": 0,
        "mean_predicted": None,
        "observed_share": None,
        "interval": [None, None],
    }


def test_origins_roll_before_the_test_and_every_event_is_judged_once() -> None:
    found = study().backtest
    assert [(row["first_year"], row["last_year"]) for row in found][-1] == (2016, 2018)
    assert len(found) == 5
    assert all(one["last_year"] < other["first_year"] for one, other in pairwise(found))
    assert sum(era["events"] for era in study().eras.values()) == sum(row["events"] for row in found)
    assert all(row["models"]["class shares"]["log_loss_skill"] == 0 for row in found)


def test_random_split_leaves_the_frozen_test_alone() -> None:
    events = select_population(feature_table(400), 1982, 2021).events
    learned, judged = split.split_at_random(events, seed=1)
    assert set(learned["ev_id"]) | set(judged["ev_id"]) == set(events["ev_id"])
    assert not set(learned["ev_id"]) & set(judged["ev_id"])
    found = study().random_split_comparison
    size = study().counts["train"]["events"] + study().counts["validation"]["events"]
    assert found["random"]["events"] < 0.3 * size
    assert found["drop"]["fatal_roc_auc"] == pytest.approx(
        found["random"]["fatal_roc_auc"] - found["temporal"]["fatal_roc_auc"]
    )


def test_groups_hold_every_event_once() -> None:
    for column, groups in study().subgroups.items():
        assert sum(group["events"] for group in groups.values()) == study().counts["test"]["events"], column
        assert sum(group["fatal"] for group in groups.values()) == study().counts["test"]["FATL"], column


def test_controls_fail_where_nothing_leaks_and_are_caught_where_the_number_tells() -> None:
    assert negative_controls.check_controls(study().negative_controls) == []
    table = feature_table(1500)
    place = table["severity"].map({"NONE": "1", "MINR": "2", "SERS": "3", "FATL": "9"})
    table["ev_id"] = [f"{ev_id[:9]}{digit}{ev_id[-4:]}" for ev_id, digit in zip(table["ev_id"], place, strict=True)]
    parts = split.split_by_year(select_population(table, 1982, 2021).events, 2016, 2019)
    features = tuple(feature_registry.features_at("T1"))
    found = negative_controls.run_controls(parts.train, parts.validation, features, 20, QUICK.knobs(), 0)
    assert [alarm.gate for alarm in negative_controls.check_controls(found)] == [
        f"{negative_controls.EVENT_NUMBER_ONLY}: fatal AUC"
    ]


def test_ordinal_shares_are_shares_and_know_the_order() -> None:
    events = select_population(feature_table(800), 1982, 2021).events
    parts = split.split_by_year(events, 2016, 2019)
    encoder = fit_encoder(parts.train, feature_registry.features_at("T1"), 20)
    tried = fit_ordinal_with_early_stopping(parts.train, parts.validation, encoder, QUICK.knobs())
    model = fit_ordinal(parts.before(), encoder, QUICK.knobs(), tried)
    found = model.probabilities(parts.test)
    np.testing.assert_allclose(found.sum(axis=1), 1)
    assert found.min() > 0
    one_answer = fit_ordinal_with_early_stopping(
        parts.train.assign(severity="MINR"), parts.validation, encoder, QUICK.knobs()
    )
    np.testing.assert_allclose(one_answer.probabilities(parts.test)[:, 1], 1, atol=1e-5)


def test_the_forest_is_the_same_again_and_lives_with_absent_classes() -> None:
    events = select_population(feature_table(300), 1982, 2021).events
    encoder = fit_encoder(events, feature_registry.features_at("T1"), 20)
    one, other = (fit_forest(events, encoder, 5, seed=3).probabilities(events) for _ in range(2))
    np.testing.assert_array_equal(one, other)
    two = fit_forest(events[events["severity"].isin(["NONE", "FATL"])], encoder, 5, seed=3).probabilities(events)
    assert two[:, 1].max() < 1e-5


def test_recent_shares_are_those_of_the_last_three_years() -> None:
    events = select_population(feature_table(300), 1982, 2021).events
    year = pd.to_datetime(events["ev_date"]).dt.year
    expected = fit_class_shares(events[year > year.max() - 3])
    np.testing.assert_array_equal(fit_recent_class_shares(events).shares, expected.shares)


def test_no_origin_is_no_reason_to_fail() -> None:
    events = select_population(feature_table(300, first_year=2014, years=8), 1982, 2021).events
    settings = replace(QUICK, backtest_windows=3)
    features = tuple(feature_registry.features_at("T0"))
    windows = backtest.run_backtest(events, features, settings, settings.knobs())
    assert windows == [] and backtest.era_metrics(windows, settings) == {}
    assert backtest.compare_with_random_split(events, features, windows, settings, settings.knobs()) == {}
    assert len(labels(events)) == len(events)
