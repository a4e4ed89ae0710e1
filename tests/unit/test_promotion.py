"""Who is champion: the rules by themselves."""

import csv
from pathlib import Path

import numpy as np

from models.severity.tracking import promotion
from models.severity.tracking.promotion import Comparison

BETTER = Comparison(500, -0.05, -0.08, -0.02)
EVEN = Comparison(500, -0.01, -0.03, 0.01)
WORSE = Comparison(500, 0.05, 0.02, 0.08)


def test_only_a_difference_that_excludes_zero_promotes() -> None:
    assert promotion.decide([], BETTER, behind=0, patience=3).promoted
    assert not promotion.decide([], EVEN, behind=0, patience=3).promoted
    assert not promotion.decide([], WORSE, behind=0, patience=3).promoted
    assert "on 500 events" in promotion.decide([], EVEN, behind=0, patience=3).reason


def test_an_old_champion_goes_to_one_that_is_not_worse() -> None:
    assert promotion.decide([], EVEN, behind=3, patience=3).promoted
    assert not promotion.decide([], EVEN, behind=2, patience=3).promoted
    assert not promotion.decide([], EVEN, behind=None, patience=3).promoted
    assert not promotion.decide([], WORSE, behind=9, patience=3).promoted


def test_one_draw_is_no_interval() -> None:
    dice = np.random.default_rng(1)
    truth, ours = dice.integers(0, 4, 60), dice.dirichlet(np.ones(4), 60)
    found = promotion.compare(truth, ours, dice.dirichlet(np.ones(4), 60), draws=0, seed=7)
    assert found.high - found.low > 0.1


def test_alarms_stop_everything() -> None:
    alarms = ["xgboost: weighted_f1 0.900 on test"]
    for decision in (
        promotion.decide(alarms, BETTER, behind=9, patience=3),
        promotion.decide_without_champion(alarms),
        promotion.decide_incomparable(alarms, "it needs make"),
    ):
        assert not decision.promoted and "weighted_f1" in decision.reason


def test_the_comparison_is_paired_and_the_same_again() -> None:
    dice = np.random.default_rng(1)
    truth = dice.integers(0, 4, 800)
    theirs = dice.dirichlet(np.ones(4), 800)
    ours = theirs * 0.9 + np.eye(4)[truth] * 0.1
    found = promotion.compare(truth, ours, theirs, draws=200, seed=7)
    by_hand = np.mean([-np.log(ours[row, at]) + np.log(theirs[row, at]) for row, at in enumerate(truth)])
    assert abs(found.difference - by_hand) < 1e-12
    assert found.low < found.difference < found.high < 0
    assert found == promotion.compare(truth, ours, theirs, draws=200, seed=7)
    same = promotion.compare(truth, ours, ours, draws=200, seed=7)
    assert (same.difference, same.low, same.high) == (0, 0, 0)
    assert not promotion.decide([], same, behind=0, patience=3).promoted


def test_the_log_only_grows(tmp_path: Path) -> None:
    log = tmp_path / "runs" / "promotions.csv"
    values = {"fingerprint": "s", "release": "r", "model": "severity", "version": "1", "champion_before": ""}
    promotion.log_decision(log, values, promotion.decide_without_champion([]))
    first = log.read_text()
    promotion.log_decision(log, values | {"version": "2", "champion_before": "1"}, promotion.decide([], EVEN, 0, 3))
    assert log.read_text().startswith(first)
    rows = list(csv.DictReader(log.open()))
    assert [(row["version"], row["promoted"], row["difference"]) for row in rows] == [
        ("1", "yes", ""),
        ("2", "no", "-0.01"),
    ]
