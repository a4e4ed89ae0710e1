"""Promotion rules, without MLflow."""

import csv
from pathlib import Path

import numpy as np

from models.severity.tracking import promotion
from models.severity.tracking.promotion import Comparison

BETTER = Comparison(500, -0.05, -0.08, -0.02)
EVEN = Comparison(500, -0.01, -0.03, 0.01)
WORSE = Comparison(500, 0.05, 0.02, 0.08)


def test_only_an_interval_below_zero_promotes() -> None:
    assert promotion.decide([], BETTER, age=0, patience=3).promoted
    assert not promotion.decide([], EVEN, age=0, patience=3).promoted
    assert not promotion.decide([], WORSE, age=0, patience=3).promoted
    assert "on 500 events" in promotion.decide([], EVEN, age=0, patience=3).reason


def test_an_old_champion_is_replaced_by_a_model_that_is_not_worse() -> None:
    assert promotion.decide([], EVEN, age=3, patience=3).promoted
    assert not promotion.decide([], EVEN, age=2, patience=3).promoted
    assert not promotion.decide([], EVEN, age=None, patience=3).promoted
    assert not promotion.decide([], WORSE, age=9, patience=3).promoted


def test_comparison_uses_a_minimum_number_of_bootstrap_samples() -> None:
    generator = np.random.default_rng(1)
    truth, challenger, champion = generator.integers(0, 4, 60), *generator.dirichlet(np.ones(4), (2, 60))
    comparison = promotion.compare(truth, challenger, champion, n_bootstrap=0, seed=7)
    assert comparison.high - comparison.low > 0.1


def test_leakage_warnings_block_promotion() -> None:
    warnings = ["xgboost: weighted_f1: found 0.900"]
    for decision in (
        promotion.decide(warnings, BETTER, age=9, patience=3),
        promotion.decide_without_comparison(warnings),
        promotion.decide_without_comparison(warnings, "it needs make"),
    ):
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


def test_a_model_does_not_replace_itself() -> None:
    generator = np.random.default_rng(1)
    truth, probabilities = generator.integers(0, 4, 800), generator.dirichlet(np.ones(4), 800)
    comparison = promotion.compare(truth, probabilities, probabilities, n_bootstrap=200, seed=7)
    assert (comparison.difference, comparison.low, comparison.high) == (0, 0, 0)
    assert not promotion.decide([], comparison, age=0, patience=3).promoted


def test_the_log_is_append_only(tmp_path: Path) -> None:
    log = tmp_path / "runs" / "promotions.csv"
    values = {"fingerprint": "s", "release": "r", "model": "severity", "version": "1", "champion_before": ""}
    promotion.log_decision(log, values, promotion.decide_without_comparison([]))
    first = log.read_text()
    promotion.log_decision(log, values | {"version": "2", "champion_before": "1"}, promotion.decide([], EVEN, 0, 3))
    assert log.read_text().startswith(first)
    rows = list(csv.DictReader(log.open()))
    assert [(row["version"], row["promoted"], row["difference"]) for row in rows] == [
        ("1", "yes", ""),
        ("2", "no", "-0.01"),
    ]
