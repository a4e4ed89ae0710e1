"""The weighted bootstrap equals resampling rows and scikit-learn's metrics, and pairs two models' samples."""

import numpy as np
import pytest
from sklearn import metrics as sklearn_metrics

from models.severity.evaluation import bootstrap, metrics

GENERATOR = np.random.default_rng(2)
TRUTH = GENERATOR.integers(0, 4, 200)
# Rounded, so that many scores are equal.
PROBABILITIES = GENERATOR.dirichlet([1, 1, 1, 1], 200).round(1) + 0.01
PROBABILITIES /= PROBABILITIES.sum(axis=1, keepdims=True)


def test_weights_give_the_metrics_of_the_resampled_rows() -> None:
    predicted = PROBABILITIES.argmax(axis=1)
    samples = bootstrap.bootstrap_distribution(TRUTH, PROBABILITIES, predicted, 5, seed=3)
    generator = np.random.default_rng(3)
    resamples = [generator.integers(0, 200, 200) for _ in range(5)]
    every = [metrics.compute_metrics(TRUTH[rows], PROBABILITIES[rows]) for rows in resamples]
    for sample, rows in enumerate(resamples):
        expected = {name: every[sample][name] for name in metrics.METRICS_WITH_INTERVAL}
        assert {name: samples[name][sample] for name in metrics.METRICS_WITH_INTERVAL} == pytest.approx(expected)
        recall = sklearn_metrics.recall_score(TRUTH[rows], predicted[rows], average=None, zero_division=0)
        assert [samples[f"recall_{name}"][sample] for name in ("NONE", "FATL")] == pytest.approx([recall[0], recall[3]])


def test_block_size_does_not_change_the_samples(monkeypatch: pytest.MonkeyPatch) -> None:
    (one_block,) = bootstrap.bootstrap_weights(200, 7, seed=1)
    monkeypatch.setattr(bootstrap, "MAX_WEIGHTS", 600)
    blocks = list(bootstrap.bootstrap_weights(200, 7, seed=1))
    assert len(blocks) == 3
    np.testing.assert_array_equal(np.concatenate(blocks), one_block)


def test_paired_differences_are_zero_for_the_same_model_and_exclude_zero_for_a_better_one() -> None:
    same = bootstrap.paired_differences(TRUTH, PROBABILITIES, PROBABILITIES, 20, seed=1)
    assert same["log_loss"] == {"difference": 0.0, "interval": [0.0, 0.0]}
    better = 0.5 * PROBABILITIES + 0.5 * np.eye(4)[TRUTH]
    differences = bootstrap.paired_differences(TRUTH, better, PROBABILITIES, 50, seed=1)
    assert differences["log_loss"]["difference"] < 0
    assert differences["log_loss"]["interval"][1] < 0
    assert differences["fatal_roc_auc"]["interval"][0] > 0


def test_distributions_that_are_kept_are_those_that_are_computed() -> None:
    arguments = TRUTH, PROBABILITIES, PROBABILITIES.argmax(axis=1), 5
    first = bootstrap.bootstrap_distribution(*arguments, seed=3)
    first.pop("log_loss")
    kept = bootstrap.bootstrap_distribution(*arguments, seed=3)
    other = bootstrap.bootstrap_distribution(*arguments, seed=4)
    bootstrap._kept_distribution.cache_clear()
    computed = bootstrap.bootstrap_distribution(*arguments, seed=3)
    assert {name: values.tolist() for name, values in kept.items()} == {
        name: values.tolist() for name, values in computed.items()
    }
    assert other["log_loss"].tolist() != kept["log_loss"].tolist()


def test_undefined_differences_are_none() -> None:
    differences = bootstrap.paired_differences(np.array([0, 1]), PROBABILITIES[:2], PROBABILITIES[2:4], 5, seed=1)
    assert differences["fatal_roc_auc"] == {"difference": None, "interval": [None, None]}


def test_auc_interval_is_that_of_resampled_rows() -> None:
    fatal, score = TRUTH == 3, PROBABILITIES[:, 3]
    generator = np.random.default_rng(1)
    samples = [generator.integers(0, 200, 200) for _ in range(1000)]
    resampled = [sklearn_metrics.roc_auc_score(fatal[rows], score[rows]) for rows in samples]
    expected = np.percentile(resampled, [2.5, 97.5]).tolist()
    areas = bootstrap.auc_samples(fatal, score, 1000, seed=1)
    assert bootstrap.percentile_interval(areas) == pytest.approx(expected, abs=0.015)
    assert (bootstrap.auc_samples(fatal, score, 1000, seed=1) == areas).all()


def test_intervals_without_bootstrap_samples_are_none() -> None:
    areas = bootstrap.auc_samples(TRUTH == 3, PROBABILITIES[:, 3], 0, seed=1)
    assert bootstrap.percentile_interval(areas) == [None, None]
    assert bootstrap.bootstrap_means({"losses": TRUTH.astype(float)}, 0, seed=1) == {}
