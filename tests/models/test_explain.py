"""Explanations add up to what the model says, and are the same again."""

from functools import cache

import numpy as np
import pandas as pd
from severity_frame import feature_table

from models.severity import explain
from models.severity.data.population import CLASSES
from models.severity.study import Study, StudySettings, run_study

QUICK = StudySettings(rounds=20, early_stopping_rounds=5, n_bootstrap=5, backtest_windows=0, trees=5)


@cache
def study() -> Study:
    return run_study(feature_table(600), QUICK)


def test_contributions_and_bias_sum_to_the_probabilities() -> None:
    events = study().parts.test.head(20)
    margins = study().model.contributions(events).sum(axis=2)
    shares = np.exp(margins) / np.exp(margins).sum(axis=1, keepdims=True)
    assert abs(shares - study().model.probabilities(events)).max() < 1e-5


def test_the_sample_is_the_same_in_any_order_and_of_all_seasons() -> None:
    events = feature_table(900)
    drawn = explain.sample(events, 100)
    assert list(explain.sample(events.sample(frac=1, random_state=2), 100)["ev_id"]) == list(drawn["ev_id"])
    assert set(events.columns) == set(drawn.columns)
    assert drawn["ev_year"].nunique() > 15


def test_permutation_finds_the_feature_that_tells() -> None:
    found = explain.permutation_importance(study().model, study().parts.test, study().features, seed=1)
    assert next(iter(found)) == "phase" and found["phase"]["least"] > 0.02
    assert set(found) == set(study().features)
    assert all(
        each["least"] <= each["mean"] + 1e-12 and each["mean"] <= each["most"] + 1e-12 for each in found.values()
    )
    assert found == explain.permutation_importance(study().model, study().parts.test, study().features, seed=1)


def test_partial_dependence_is_the_mean_over_events_that_all_have_the_value() -> None:
    test = study().parts.test
    kinds = {"phase": "category", "hour": "number", "is_on_airport": "boolean"}
    found = explain.partial_dependence(study().model, test, kinds)
    assert list(found) == list(kinds)
    assert {point["value"] for point in found["is_on_airport"]} == {True, False}
    assert len(found["hour"]) == explain.GRID_POINTS
    cruise = next(point for point in found["phase"] if point["value"] == "cruise")
    landing = next(point for point in found["phase"] if point["value"] == "landing")
    assert cruise["FATL"] > landing["FATL"]
    by_hand = study().model.probabilities(explain.sample(test).assign(phase="cruise")).mean(axis=0)
    np.testing.assert_allclose([cruise[name] for name in CLASSES], by_hand)


def test_a_feature_that_is_always_missing_has_no_points() -> None:
    blank = study().parts.test.assign(make=None, hour=np.nan)
    assert explain.partial_dependence(study().model, blank, {"make": "category", "hour": "number"}) == {
        "make": [],
        "hour": [],
    }


def test_ten_cases_by_rule_the_best_and_the_worst_of_each_class_first() -> None:
    found = explain.explain_cases(study().model, study().parts.test)
    assert len({case["ev_id"] for case in found}) == len(found) == explain.N_CASES
    assert [case["severity"] for case in found[:8]] == [name for name in CLASSES for _ in range(2)]
    for best, worst in zip(found[0:8:2], found[1:8:2], strict=True):
        assert best["probabilities"][best["severity"]] >= worst["probabilities"][worst["severity"]]
    shuffled = study().parts.test.sample(frac=1, random_state=3)
    assert explain.explain_cases(study().model, shuffled) == found


def test_few_events_and_one_class_are_no_reason_to_fail() -> None:
    few = study().parts.test.head(3).assign(severity="NONE")
    assert len(explain.explain_cases(study().model, few)) == 3
    assert len(explain.explain_cases(study().model, few.head(1))) == 1


def test_an_event_is_explained_also_without_an_outcome() -> None:
    event = study().parts.test.head(1).assign(severity=None, phase=None)
    found = explain.explain_event(study().model, event.reset_index(drop=True))
    assert found["severity"] is None
    assert sum(found["probabilities"].values()) == 1 or abs(sum(found["probabilities"].values()) - 1) < 1e-9
    sizes = [abs(each[found["likeliest"]]) for each in found["contributions"]]
    assert sizes == sorted(sizes, reverse=True) and len(sizes) == explain.TOP_CONTRIBUTIONS


def test_values_stay_three_things() -> None:
    assert [explain.to_json_value(value) for value in (None, np.nan, 0, 0.0, "", False, np.True_)] == [
        None,
        None,
        0.0,
        0.0,
        "",
        False,
        True,
    ]
    assert pd.isna(pd.NaT) and explain.to_json_value(pd.NaT) is None
