"""Promotion rules, without MLflow."""

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from models.severity.evaluation import leakage
from models.severity.tracking import promotion
from models.severity.tracking.promotion import Comparison, Comparisons, Decision

BASELINE = Comparison("recent shares", 500, -0.10, -0.14, -0.06)
BETTER = Comparison("version 1", 500, -0.05, -0.08, -0.02)
EVEN = Comparison("version 1", 500, -0.01, -0.03, 0.001)
UNCERTAIN = Comparison("version 1", 500, -0.01, -0.03, 0.01)
WORSE = Comparison("version 1", 500, 0.05, 0.02, 0.08)


def decide(champion: Comparison | None, best: Comparison | None = None, age: int | None = 0) -> Decision:
    return promotion.decide([], [], Comparisons(BASELINE, champion, best or champion, age), patience=3)


def test_only_an_interval_below_zero_promotes() -> None:
    assert decide(BETTER).promoted
    assert not decide(EVEN).promoted
    assert not decide(WORSE).promoted
    assert "on 500 events" in decide(EVEN).reason


def test_an_old_champion_is_replaced_by_a_model_that_is_not_worse_by_more_than_the_margin() -> None:
    assert decide(EVEN, age=3).promoted
    assert not decide(EVEN, age=2).promoted
    assert not decide(EVEN, age=None).promoted
    assert not decide(WORSE, age=9).promoted
    assert not decide(UNCERTAIN, age=9).promoted


def test_the_margin_is_against_the_best_champion_so_far_not_the_last() -> None:
    slightly_worse = Comparison("version 1", 500, 0.002, 0.0, 0.004)
    assert not decide(EVEN, best=slightly_worse, age=9).promoted
    assert decide(EVEN, best=EVEN, age=9).promoted
    assert "version 1" in decide(EVEN, best=EVEN, age=9).reason


@pytest.mark.parametrize("champion", [None, BETTER])
@pytest.mark.parametrize("high", [0.0, 0.001, 0.2])
def test_a_model_that_is_not_shown_to_be_better_than_the_best_baseline_is_never_promoted(
    champion: Comparison | None, high: float
) -> None:
    comparisons = Comparisons(replace(BASELINE, high=high), champion, champion, 9)
    decision = promotion.decide([], [], comparisons, patience=3)
    assert not decision.promoted
    assert "recent shares" in decision.reason and "on 500 events" in decision.reason


def test_the_first_model_is_promoted_because_it_is_better_than_the_best_baseline() -> None:
    decision = decide(None)
    assert decision.promoted and decision.comparison == BASELINE
    assert "there is no champion; better than the best baseline, recent shares" in decision.reason


def test_a_model_that_cannot_be_compared_with_the_champion_is_not_promoted() -> None:
    decision = promotion.decide([], [], Comparisons(BASELINE, not_comparable="it needs make"), patience=0)
    assert not decision.promoted and "it needs make" in decision.reason


@pytest.mark.parametrize("champion", [None, BETTER])
def test_checks_that_were_not_evaluated_are_not_a_pass(champion: Comparison | None) -> None:
    reasons = leakage.not_evaluated("metrics on test", 15, 85)
    decision = promotion.decide([], reasons, Comparisons(BASELINE, champion, champion, 9), patience=3)
    assert not decision.promoted
    assert decision.reason == "not evaluated: metrics on test: 15 fatal events, 20 required"


def test_a_check_needs_twenty_fatal_and_twenty_other_events() -> None:
    assert leakage.not_evaluated("x", 20, 40) == []
    assert leakage.not_evaluated("x", 20, 39) == ["x: 19 other events, 20 required"]
    assert leakage.not_evaluated("x", 0, 3) == ["x: 0 fatal events, 20 required; 3 other events, 20 required"]


def test_comparison_uses_a_minimum_number_of_bootstrap_samples() -> None:
    generator = np.random.default_rng(1)
    truth, challenger, champion = generator.integers(0, 4, 60), *generator.dirichlet(np.ones(4), (2, 60))
    comparison = promotion.compare(truth, challenger, champion, n_bootstrap=0, seed=7)
    assert comparison.high - comparison.low > 0.1


def test_leakage_warnings_block_promotion() -> None:
    warnings = ["xgboost: weighted_f1: found 0.900"]
    for comparisons in (
        Comparisons(BASELINE, BETTER, BETTER, 9),
        Comparisons(BASELINE),
        Comparisons(BASELINE, not_comparable="it needs make"),
    ):
        decision = promotion.decide(warnings, [], comparisons, patience=3)
        assert not decision.promoted and "weighted_f1" in decision.reason


def test_comparison_is_paired_and_deterministic() -> None:
    generator = np.random.default_rng(1)
    truth = generator.integers(0, 4, 800)
    champion = generator.dirichlet(np.ones(4), 800)
    challenger = champion * 0.9 + np.eye(4)[truth] * 0.1
    comparison = promotion.compare(truth, challenger, champion, n_bootstrap=200, seed=7)
    by_hand = np.mean([np.log(champion[row, label] / challenger[row, label]) for row, label in enumerate(truth)])
    assert abs(comparison.difference - by_hand) < 1e-12
    assert comparison.low < comparison.difference < comparison.high < 0
    assert comparison == promotion.compare(truth, challenger, champion, n_bootstrap=200, seed=7)


def test_the_more_models_were_evaluated_on_a_test_set_the_wider_is_the_interval() -> None:
    generator = np.random.default_rng(1)
    truth, *pair = generator.integers(0, 4, 800), *generator.dirichlet(np.ones(4), (2, 800))
    first, second, tenth = (promotion.compare(truth, *pair, 200, 7, evaluations=count) for count in (1, 2, 10))
    assert first.difference == second.difference == tenth.difference
    assert tenth.low < second.low < first.low < first.difference < first.high < second.high < tenth.high
    spent = [1 - promotion.compare(truth, *pair, 200, 7, evaluations=count).confidence for count in range(1, 200)]
    assert 0.0497 < sum(spent) < 0.05


def test_equal_models_are_rarely_promoted_however_many_are_tried() -> None:
    """Twenty challengers as good as the champion: at 95 % each, every fifth series would promote one."""
    promoted = 0
    for series in range(60):
        generator = np.random.default_rng(series)
        truth = generator.integers(0, 4, 300)
        champion = generator.dirichlet(np.full(4, 5), 300)
        for count in range(1, 21):
            challenger = champion * np.exp(generator.normal(0, 0.1, champion.shape))
            challenger /= challenger.sum(axis=1, keepdims=True)
            comparison = promotion.compare(truth, challenger, champion, 0, count, evaluations=count)
            promoted += decide(comparison).promoted
    assert promoted <= 4


def test_a_model_does_not_replace_itself() -> None:
    generator = np.random.default_rng(1)
    truth, probabilities = generator.integers(0, 4, 800), generator.dirichlet(np.ones(4), 800)
    comparison = promotion.compare(truth, probabilities, probabilities, n_bootstrap=200, seed=7)
    assert (comparison.difference, comparison.low, comparison.high) == (0, 0, 0)
    assert not decide(comparison).promoted


def test_the_log_is_append_only(tmp_path: Path) -> None:
    log = tmp_path / "runs" / "promotions.csv"
    values = {"fingerprint": "s", "release": "r", "model": "severity", "version": "1", "champion_before": ""}
    promotion.log_decision(log, values, decide(None))
    first = log.read_text()
    promotion.log_decision(log, values | {"version": "2", "champion_before": "1"}, decide(EVEN))
    assert log.read_text().startswith(first)
    rows = list(csv.DictReader(log.open()))
    assert [(row["version"], row["promoted"], row["difference"]) for row in rows] == [
        ("1", "yes", "-0.1"),
        ("2", "no", "-0.01"),
    ]
