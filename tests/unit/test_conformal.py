"""Conformal sets contain the true class as often as they promise, in every class."""

import numpy as np
import pandas as pd
import pytest

from models.severity.data.population import CLASSES
from models.severity.evaluation import conformal

PROBABILITIES = np.random.default_rng(1).dirichlet([4, 1, 1, 1.5], 8000)
TRUTH = np.minimum((np.random.default_rng(2).random((8000, 1)) > PROBABILITIES.cumsum(axis=1)).sum(axis=1), 3)


def events(truth: np.ndarray, years: np.ndarray) -> pd.DataFrame:
    return pd.DataFrame({"severity": np.array(CLASSES)[truth], "ev_date": [f"{year}-06-01" for year in years]})


def test_coverage_of_every_class_is_the_level_even_if_the_probabilities_are_wrong() -> None:
    wrong = PROBABILITIES**3 / (PROBABILITIES**3).sum(axis=1, keepdims=True)
    for probabilities in (PROBABILITIES, wrong):
        test = events(TRUTH[4000:], np.full(4000, 2020))
        sets = conformal.evaluate_sets((TRUTH[:4000], probabilities[:4000]), test, probabilities[4000:])
        for coverage in sets["coverage_by_class"].values():
            assert abs(coverage["observed_share"] - 0.9) < 0.04
            low, high = coverage["interval"]
            assert low <= coverage["observed_share"] <= high
        assert 1 < sets["mean_size"] < 4


def test_sizes_and_years_add_up_to_all_events() -> None:
    test = events(TRUTH[:300], np.repeat([2019, 2020, 2021], 100))
    sets = conformal.evaluate_sets((TRUTH[300:900], PROBABILITIES[300:900]), test, PROBABILITIES[:300])
    assert sum(sets["sizes"]) == 300
    assert list(sets["coverage_by_year"]) == ["2019", "2020", "2021"]
    assert sum(size * count for size, count in enumerate(sets["sizes"])) / 300 == pytest.approx(sets["mean_size"])
