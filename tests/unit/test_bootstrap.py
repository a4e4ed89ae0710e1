"""Drawing by weights gives what drawing rows and scikit-learn give, and the same draws for two models."""

import numpy as np
import pytest
from sklearn import metrics as sklearn_metrics

from models.severity.evaluation import bootstrap, metrics

DICE = np.random.default_rng(2)
TRUTH = DICE.integers(0, 4, 200)
# Rounded, so that many scores are equal.
SHARES = DICE.dirichlet([1, 1, 1, 1], 200).round(1) + 0.01
SHARES /= SHARES.sum(axis=1, keepdims=True)


def test_each_draw_is_what_the_drawn_rows_give() -> None:
    chosen = SHARES.argmax(axis=1)
    drawn = bootstrap.bootstrap_distribution(TRUTH, SHARES, chosen, 5, seed=3)
    generator = np.random.default_rng(3)
    for at in range(5):
        rows = generator.integers(0, 200, 200)
        expected = metrics.compute_metrics(TRUTH[rows], SHARES[rows])
        assert {name: drawn[name][at] for name in metrics.METRICS_WITH_INTERVAL} == pytest.approx(expected)
        recall = sklearn_metrics.recall_score(TRUTH[rows], chosen[rows], average=None, zero_division=0)
        assert [drawn[f"recall_{name}"][at] for name in ("NONE", "FATL")] == pytest.approx([recall[0], recall[3]])


def test_blocks_do_not_change_the_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = list(bootstrap.bootstrap_weights(200, 7, seed=1))
    monkeypatch.setattr(bootstrap, "MAX_WEIGHTS", 600)
    assert len(list(bootstrap.bootstrap_weights(200, 7, seed=1))) == 3
    np.testing.assert_array_equal(np.concatenate(list(bootstrap.bootstrap_weights(200, 7, seed=1))), whole[0])


def test_a_model_against_itself_differs_by_nothing_and_a_better_one_by_more_than_chance() -> None:
    same = bootstrap.paired_differences(TRUTH, SHARES, SHARES, 20, seed=1)
    assert same["log_loss"] == {"difference": 0.0, "interval": [0.0, 0.0]}
    better = 0.5 * SHARES + 0.5 * np.eye(4)[TRUTH]
    found = bootstrap.paired_differences(TRUTH, better, SHARES, 50, seed=1)
    assert found["log_loss"]["difference"] < 0
    assert found["log_loss"]["interval"][1] < 0
    assert found["fatal_roc_auc"]["interval"][0] > 0


def test_what_cannot_be_had_is_none() -> None:
    found = bootstrap.paired_differences(np.array([0, 1]), SHARES[:2], SHARES[2:4], 5, seed=1)
    assert found["fatal_roc_auc"] == {"difference": None, "interval": [None, None]}
