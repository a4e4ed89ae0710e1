"""Explanations sum to the model's probabilities and are deterministic."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from severity_frame import feature_table
from studies import SMALL, standard_study

from models.severity import explain
from models.severity.data import feature_registry
from models.severity.data.population import CLASSES
from models.severity.study import Study, run_study


def study() -> Study:
    return standard_study()


def test_softmax_of_contributions_and_bias_is_the_probability() -> None:
    events = study().split.test.head(20)
    odds = np.exp(study().model.contributions(events).sum(axis=2))
    np.testing.assert_allclose(
        odds / odds.sum(axis=1, keepdims=True), study().model.probabilities(events), atol=1e-5, rtol=0
    )


def test_the_sample_does_not_depend_on_row_order_and_covers_all_years() -> None:
    events = feature_table(900)
    sample = explain.sample(events, 100)
    assert list(explain.sample(events.sample(frac=1, random_state=2), 100)["ev_id"]) == list(sample["ev_id"])
    assert set(events.columns) == set(sample.columns)
    assert sample["ev_year"].nunique() > 15


def test_permutation_importance_ranks_the_informative_feature_first() -> None:
    groups = {name: [name] for name in study().features}
    arguments = (study().model, study().split.test, groups, 1, 200)
    importance = explain.permutation_importance(*arguments)
    assert next(iter(importance)) == "phase" and importance["phase"]["mean"] > 0.02
    assert set(importance) == set(study().features)
    for increase in importance.values():
        assert increase["low"] - 1e-12 <= increase["mean"] <= increase["high"] + 1e-12
    assert importance == explain.permutation_importance(*arguments)


def test_features_that_replace_each_other_are_important_together() -> None:
    """Each of two copies looks unimportant; permuted together, they are as important as the feature that they copy."""
    table = feature_table(600)
    table["far_part"] = table["type_fly"] = table["phase"]
    model = run_study(table, replace(SMALL, features=("far_part", "type_fly", "month"))).model
    groups = {"both": ["far_part", "type_fly"], "one": ["far_part"], "other": ["type_fly"]}
    importance = explain.permutation_importance(model, table[table["ev_year"] >= 2010], groups, 1, 100)
    assert importance["both"]["low"] > max(importance["one"]["mean"], importance["other"]["mean"])


def test_every_feature_is_in_one_group() -> None:
    features = feature_registry.features_at("T1")
    grouped = [column for columns in explain.feature_groups(features).values() for column in columns]
    assert sorted(grouped) == sorted(feature.column for feature in features)
    assert {"make", "model"} <= set(explain.feature_groups(features)["airframe"])


def test_contributions_are_log_odds_against_none() -> None:
    """A constant added to the margins of all classes changes no probability, and must change no contribution."""
    events, model = study().split.test.head(10), study().model
    odds = explain.contributions_to_odds(model, events).sum(axis=2)
    probabilities = model.probabilities(events)
    np.testing.assert_allclose(odds, np.log(probabilities / probabilities[:, [0]]), atol=1e-4)
    assert "NONE" not in study().importances["phase"]


def test_partial_dependence_is_the_mean_with_the_feature_set_to_a_value() -> None:
    test = study().split.test
    kinds = {"phase": "category", "hour": "number", "is_on_airport": "boolean"}
    dependence = explain.partial_dependence(study().model, test, kinds)
    assert list(dependence) == list(kinds)
    assert {point["value"] for point in dependence["is_on_airport"]} == {True, False}
    assert len(dependence["hour"]) == explain.GRID_POINTS
    by_phase = {point["value"]: point for point in dependence["phase"]}
    assert by_phase["cruise"]["FATL"] > by_phase["landing"]["FATL"]
    expected = study().model.probabilities(explain.sample(test).assign(phase="cruise")).mean(axis=0)
    np.testing.assert_allclose([by_phase["cruise"][name] for name in CLASSES], expected)


def test_a_feature_that_is_always_missing_has_no_partial_dependence() -> None:
    missing = study().split.test.assign(make=None, hour=np.nan)
    dependence = explain.partial_dependence(study().model, missing, {"make": "category", "hour": "number"})
    assert dependence == {"make": [], "hour": []}


def test_cases_begin_with_the_best_and_the_worst_of_each_class() -> None:
    cases = explain.explain_cases(study().model, study().split.test)
    assert len({case["ev_id"] for case in cases}) == len(cases) == explain.N_CASES
    assert [case["severity"] for case in cases[:8]] == [name for name in CLASSES for _ in range(2)]
    for best, worst in zip(cases[0:8:2], cases[1:8:2], strict=True):
        assert best["probabilities"][best["severity"]] >= worst["probabilities"][worst["severity"]]
    shuffled = study().split.test.sample(frac=1, random_state=3)
    assert explain.explain_cases(study().model, shuffled) == cases


def test_cases_of_few_events_of_one_class() -> None:
    few = study().split.test.head(3).assign(severity="NONE")
    assert len(explain.explain_cases(study().model, few)) == 3
    assert len(explain.explain_cases(study().model, few.head(1))) == 1


def test_an_event_without_a_label_is_explained() -> None:
    event = study().split.test.head(1).assign(severity=None, phase=None)
    explanation = explain.explain_event(study().model, event.reset_index(drop=True))
    assert explanation["severity"] is None
    assert sum(explanation["probabilities"].values()) == pytest.approx(1)
    sizes = [abs(contribution[explanation["explained"]]) for contribution in explanation["contributions"]]
    assert sizes == sorted(sizes, reverse=True) and len(sizes) == explain.TOP_CONTRIBUTIONS


def test_missing_zero_empty_and_false_are_distinct_in_json() -> None:
    values = (None, np.nan, pd.NaT, 0, 0.0, "", False, np.True_)
    assert [explain.to_json_value(value) for value in values] == [None, None, None, 0.0, 0.0, "", False, True]
