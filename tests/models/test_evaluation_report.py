"""The sections of an evaluation report on a small study: models, decision rules, backtest, subgroups, controls."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from severity_frame import feature_table
from studies import COMPLETE, standard_study

from models.severity.config import ModelSettings
from models.severity.data import feature_registry, split
from models.severity.data.encoding import fit_encoder
from models.severity.data.population import CLASSES, select_population
from models.severity.estimators.class_shares import fit_class_shares, fit_recent_class_shares
from models.severity.estimators.ordinal import OrdinalModel
from models.severity.estimators.random_forest import RandomForestModel
from models.severity.evaluation import decision_rules, external, fairness, metrics, negative_controls, subgroups
from models.severity.evaluation.report import FATAL_MODEL
from models.severity.study import Study, run_study


def study() -> Study:
    return standard_study(COMPLETE)


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


def test_subgroups_partition_the_test_set() -> None:
    for column, groups in study().subgroups.items():
        assert sum(group["events"] for group in groups.values()) == study().counts["test"]["events"], column
        assert sum(group["fatal"] for group in groups.values()) == study().counts["test"]["FATL"], column


def test_a_model_that_knows_nothing_but_the_group_has_no_skill_in_it() -> None:
    """Relative to the class shares of all events, it would have a skill of 0.3 in the group with many fatal ones."""
    rng = np.random.default_rng(7)
    shares = {"IMC": [0.2, 0.1, 0.1, 0.6], "VMC": [0.6, 0.2, 0.1, 0.1]}
    weather = rng.choice(["IMC", "VMC", "VMC"], 3000)
    severity = [CLASSES[rng.choice(4, p=shares[group])] for group in weather]
    events = pd.DataFrame({"ev_date": "2020-06-01", "severity": severity, "wx_cond_basic": weather})
    probabilities = np.array([shares[group] for group in weather])
    groups = subgroups.subgroup_metrics(events, probabilities, replace(COMPLETE, n_bootstrap=0))["wx_cond_basic"]
    assert [group["log_loss_skill"] for group in groups.values()] == pytest.approx([0, 0], abs=0.01)


def test_negative_controls_pass_without_leakage() -> None:
    assert negative_controls.check_controls(study().negative_controls) == []


def test_negative_controls_detect_severity_in_the_event_number() -> None:
    table = feature_table(1500)
    digits = table["severity"].map({"NONE": "1", "MINR": "2", "SERS": "3", "FATL": "9"})
    table["ev_id"] = [f"{ev_id[:9]}{digit}{ev_id[-4:]}" for ev_id, digit in zip(table["ev_id"], digits, strict=True)]
    parts = split.split_by_year(select_population(table, 1982, 2021).events, 2016, 2019)
    features = tuple(feature_registry.features_at("T1"))
    controls = negative_controls.run_controls(
        parts.train, parts.validation, features, replace(COMPLETE, n_bootstrap=0), COMPLETE.boosting_settings()
    )
    warnings = negative_controls.check_controls(controls)
    assert [warning.check for warning in warnings] == [f"{negative_controls.EVENT_NUMBER_ONLY}: fatal AUC"]


def test_ordinal_probabilities_sum_to_one_also_with_a_single_class() -> None:
    events = select_population(feature_table(800), 1982, 2021).events
    parts = split.split_by_year(events, 2016, 2019)
    encoder = fit_encoder(parts.train, feature_registry.features_at("T1"), 20)
    settings = COMPLETE.model_settings(COMPLETE.boosting_settings())
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
    settings = ModelSettings(boosting=COMPLETE.boosting_settings(), trees=5)
    first, second = (RandomForestModel.fit(events, events, encoder, settings).probabilities(events) for _ in range(2))
    np.testing.assert_array_equal(first, second)
    two_classes = events[events["severity"].isin(["NONE", "FATL"])]
    fitted = RandomForestModel.fit(two_classes, events, encoder, settings)
    assert fitted.probabilities(events)[:, 1].max() < 1e-5


def test_recent_class_shares_are_those_of_the_last_three_years() -> None:
    events = select_population(feature_table(300), 1982, 2021).events
    year = pd.to_datetime(events["ev_date"]).dt.year
    expected = fit_class_shares(events[year > year.max() - 3])
    np.testing.assert_array_equal(fit_recent_class_shares(events, 3).shares, expected.shares)


def test_groups_that_are_miscalibrated_stand_out_in_the_fairness_table() -> None:
    generator = np.random.default_rng(4)
    severity = np.array(CLASSES)[generator.choice(4, 4000, p=[0.5, 0.2, 0.1, 0.2])]
    bands = generator.choice(["a", "b", "c"], 4000)
    test = pd.DataFrame({"severity": severity, "far_part": bands, "crew_sex": np.where(bands == "b", "female", None)})
    probabilities = np.tile([0.5, 0.2, 0.1, 0.2], (4000, 1))
    # Twice as many fatal accidents in one group as the model states; the others stay as they are.
    halved = (bands == "b")[:, None] & (np.arange(4) == 3)
    probabilities = np.where(halved, 0.1, probabilities)
    table = fairness.fairness_table(test, probabilities / probabilities.sum(axis=1, keepdims=True), COMPLETE)
    assert table["n_groups"] == 5
    differs = {name: group["differs"] for groups in table["groups"].values() for name, group in groups.items()}
    assert {name for name, value in differs.items() if value} == {"b", "female"}
    assert 0.95 < table["confidence"] < 1


def test_many_groups_of_a_calibrated_model_rarely_stand_out() -> None:
    generator = np.random.default_rng(5)
    outside = 0
    for _ in range(20):
        test = pd.DataFrame(
            {
                "severity": np.array(CLASSES)[generator.choice(4, 2000, p=[0.5, 0.2, 0.1, 0.2])],
                "far_part": generator.choice(list("abcde"), 2000),
                "region": generator.choice(list("fghijklmno"), 2000),
            }
        )
        shares = np.tile([0.5, 0.2, 0.1, 0.2], (2000, 1))
        table = fairness.fairness_table(test, shares, replace(COMPLETE, n_bootstrap=0))
        outside += any(group["differs"] for groups in table["groups"].values() for group in groups.values())
    assert outside <= 4


def test_accidents_abroad_are_validated_as_they_are() -> None:
    table = feature_table(1500).assign(is_us=lambda events: np.arange(len(events)) % 3 > 0)
    result = run_study(table, COMPLETE).external_validation
    abroad = external.foreign_accidents(table, COMPLETE)
    assert 50 < result["events"] == len(abroad)
    assert not abroad["is_us"].any() and pd.to_datetime(abroad["ev_date"]).dt.year.between(2019, 2021).all()
    assert set(result["calibration"]) == set(CLASSES)
    assert result["log_loss_skill"] is not None and "log_loss_skill" in result["intervals"]
    assert result["fatal_brier"]["shifted"] <= result["fatal_brier"]["as_predicted"] + 0.01


def test_without_accidents_abroad_there_is_no_external_validation() -> None:
    assert study().external_validation == {"events": 0}
