"""Every figure of the judgement has its interval, and every F1 the name of the rule it was reached by."""

from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np
import pytest
from severity_frame import feature_table

from models.severity.evaluation import bootstrap, metrics
from models.severity.study import StudySettings, run_study

QUICK = StudySettings(rounds=15, early_stopping_rounds=5, n_bootstrap=20, trees=5)
# Counts, knobs and limits; the rest are figures that chance moves.
NO_FIGURES = {"events", "fatal", "n_train", "rounds", "first_year", "last_year", "fatal_roc_auc_limit"}
JUDGED = (
    "metrics",
    "fatal",
    "decision_rules",
    "calibration",
    "backtest",
    "eras",
    "subgroups",
    "random_split_comparison",
    "negative_controls",
)
APART = {"weights", "shifts", "per_class", "per_class_intervals", "intervals", "fatal_bins", "confusion"}
SHARES = np.random.default_rng(7).dirichlet([2, 1, 1, 1], 300)
TRUTH = np.random.default_rng(8).integers(0, 4, 300)


@cache
def facts() -> dict[str, Any]:
    return run_study(feature_table(1200), QUICK).facts()


def tables(value: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every table of figures below a value, with its path."""
    if isinstance(value, list):
        for at, inner in enumerate(value):
            yield from tables(inner, f"{path}/{at}")
    elif isinstance(value, dict):
        for key, inner in value.items():
            if key not in APART:
                yield from tables(inner, f"{path}/{key}")
        if any(isinstance(inner, float) and key not in NO_FIGURES for key, inner in value.items()):
            yield path, value


@pytest.mark.parametrize("part", JUDGED)
def test_every_figure_has_an_interval_around_it(part: str) -> None:
    found = list(tables(facts()[part], part))
    bare = [
        f"{path}/{name}"
        for path, table in found
        for name, figure in table.items()
        if isinstance(figure, float) and name not in NO_FIGURES and name != "slope"
        if None in (table.get("intervals", {}).get(name) or [None])
    ]
    assert found and bare == []
    outside = [
        (f"{path}/{name}", table[name], bounds)
        for path, table in found
        for name, bounds in table.get("intervals", {}).items()
        if bounds[0] is not None and bounds[0] > bounds[1]
    ]
    assert outside == []


@pytest.mark.parametrize("part", (*JUDGED, "paired"))
def test_every_f1_has_the_name_of_its_rule(part: str) -> None:
    named = [(path, table) for path, table in tables(facts()[part], part) if any("f1" in name for name in table)]
    assert [path for path, table in named if not table.get("decision_rule")] == []


def test_differences_of_f1_are_by_a_named_rule() -> None:
    assert {found["macro_f1"]["decision_rule"] for found in facts()["paired"].values()} == {metrics.DECISION_RULE}


def test_every_class_has_precision_and_recall_with_intervals() -> None:
    for part in ("metrics", "decision_rules", "backtest", "eras", "subgroups"):
        judged = [table for _, table in tables(facts()[part], part) if "macro_f1" in table]
        assert judged
        for table in judged:
            wanted = {f"{figure}_{name}" for name in table["per_class"] for figure in ("precision", "recall")}
            assert wanted == set(table["per_class_intervals"])


def test_gates_have_intervals_too() -> None:
    found = facts()
    assert set(found["single_feature_auc_intervals"]) == set(found["single_feature_auc"]) != set()
    for name, (low, high) in found["single_feature_auc_intervals"].items():
        assert low <= found["single_feature_auc"][name] <= high, name
    low, high = found["missingness_auc_interval"]
    assert low < found["missingness_auc"] < high


def test_the_skill_is_drawn_in_pairs() -> None:
    baseline = np.tile([0.4, 0.2, 0.2, 0.2], (300, 1))
    found = metrics.evaluate(TRUTH, SHARES, 200, 3, baseline=baseline)
    low, high = found["intervals"]["log_loss_skill"]
    assert low < found["log_loss_skill"] < high
    assert metrics.evaluate(TRUTH, baseline, 50, 3, baseline=baseline)["intervals"]["log_loss_skill"] == [0, 0]
    rows = np.random.default_rng(3).integers(0, 300, 300)
    one = metrics.evaluate(TRUTH, SHARES, 1, 3, baseline=baseline)["intervals"]["log_loss_skill"][0]
    losses = [metrics.compute_metrics(TRUTH[rows], each[rows])["log_loss"] for each in (SHARES, baseline)]
    assert one == pytest.approx(metrics.log_loss_skill(*losses))


def test_the_area_of_drawn_cells_is_that_of_drawn_events() -> None:
    """Events that have one score and one outcome are drawn together: the same distribution, in less time."""
    fatal, score = TRUTH == 3, SHARES[:, 3].round(1)
    drawn = [
        bootstrap.ranking_metrics(fatal, score, weights)[0]
        for weights in bootstrap.bootstrap_weights(300, 2000, seed=1)
    ]
    low, high = bootstrap.auc_interval(fatal, score, 2000, seed=1)
    expected = np.percentile(np.concatenate(drawn), [2.5, 97.5])
    assert [low, high] == pytest.approx(expected.tolist(), abs=0.01)
