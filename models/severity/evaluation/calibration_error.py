"""The expected calibration error (Naeini et al. 2015) and its distribution if the probabilities were right.

ECE = sum over bins of (events in bin / all events) * |accuracy in bin - mean confidence in bin|, with 15 bins.

It is a sum of absolute values: above 0 even if every probability is right, and larger with fewer events. So it has no
bootstrap interval, which would be above the estimate, but is compared with what a calibrated model would have.
"""

from typing import Any

import numpy as np

from models.severity.data.encoding import Matrix
from models.severity.evaluation.bootstrap import MAX_WEIGHTS, BooleanArray, Labels

BINS = 15
LEVEL = 0.95


def expected_calibration_error(correct: BooleanArray, confidence: Matrix) -> float:
    """Return the calibration error; `correct` is the outcome to which `confidence` is the probability."""
    return float(_errors(correct[None, :], confidence)[0])


def null_distribution(confidence: Matrix, n_draws: int, seed: int, observed: float | None) -> dict[str, Any]:
    """Return mean and 95th percentile of the calibration error of a calibrated model, and the p-value of `observed`.

    Outcomes are drawn with the stated probabilities `n_draws` times (consistency resampling, Broecker and Smith 2007).
    The values are None without draws or events.
    """
    if observed is None or not n_draws or not len(confidence):
        return {"mean": None, "upper": None, "p_value": None}
    generator = np.random.default_rng(seed)
    block_size = max(1, MAX_WEIGHTS // len(confidence))
    sizes = [min(block_size, n_draws - start) for start in range(0, n_draws, block_size)]
    errors = np.concatenate(
        [_errors(generator.random((size, len(confidence)), np.float32) < confidence, confidence) for size in sizes]
    )
    p_value = (1 + int((errors >= observed).sum())) / (1 + n_draws)
    return {"mean": float(errors.mean()), "upper": float(np.quantile(errors, LEVEL)), "p_value": p_value}


def of_most_likely_class(truth: Labels, probabilities: Matrix) -> float:
    """Return the calibration error of the most likely class, whatever class is predicted."""
    return expected_calibration_error(probabilities.argmax(axis=1) == truth, probabilities.max(axis=1))


def _errors(correct: BooleanArray, confidence: Matrix) -> Matrix:
    """Return the calibration error of each row of outcomes, shape (draws, events)."""
    index = np.minimum((confidence * BINS).astype(int), BINS - 1)
    errors = [
        # Counts are exact in any order of summation.
        np.abs(np.count_nonzero(correct[:, index == number], axis=1) - confidence[index == number].sum())
        for number in np.unique(index)
    ]
    return np.asarray(sum(errors) / len(confidence))
