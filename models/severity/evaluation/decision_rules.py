"""Decision rules: which class to name when probabilities are given. The rule stands beside every F1."""

from typing import Any

import numpy as np
import pandas as pd

from models.severity.config import BoostingSettings, StudySettings
from models.severity.data.encoding import Encoder, Matrix, labels
from models.severity.data.population import CLASSES
from models.severity.data.split import Split
from models.severity.estimators.xgboost_multiclass import BoostedModel, fit_boosted
from models.severity.evaluation import metrics
from models.severity.evaluation.bootstrap import Labels

# What a class's probability may be multiplied with; NONE stays at 1.
WEIGHT_GRID = (0.5, 0.75, 1.0, 1.25, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0)
N_PASSES = 3
TUNED_RULE = "class weights tuned on validation for macro F1"
TRAINED_RULE = "class weights in training, then argmax"


def tune_class_weights(truth: Labels, probabilities: Matrix) -> Matrix:
    """Four factors with the best macro F1, one class after the other, three times round."""
    weights = np.ones(len(CLASSES))
    best = _macro_f1(truth, probabilities * weights)
    for _ in range(N_PASSES):
        for at in range(1, len(CLASSES)):
            for factor in WEIGHT_GRID:
                tried = weights.copy()
                tried[at] = factor
                if (score := _macro_f1(truth, probabilities * tried)) > best + 1e-12:
                    weights, best = tried, score
    return weights


def compare_rules(
    early: Matrix, final: BoostedModel, parts: Split, knobs: BoostingSettings, settings: StudySettings
) -> dict[str, Any]:
    """Rule -> figures on test. `early`: probabilities on validation of a model that has not learned from it."""
    truth, shares = labels(parts.test), final.probabilities(parts.test)
    factors = tune_class_weights(labels(parts.validation), early)
    weighted = _fit_weighted(parts.before(), final.encoder, final.rounds, knobs).probabilities(parts.test)
    chosen = {
        metrics.DECISION_RULE: (shares, shares.argmax(axis=1)),
        TUNED_RULE: (shares, (shares * factors).argmax(axis=1)),
        TRAINED_RULE: (weighted, weighted.argmax(axis=1)),
    }
    found = {
        rule: metrics.evaluate(truth, given, settings.n_bootstrap, settings.seed, names, rule)
        for rule, (given, names) in chosen.items()
    }
    found[TUNED_RULE]["weights"] = dict(zip(CLASSES, factors.tolist(), strict=True))
    return found


def _fit_weighted(before: pd.DataFrame, encoder: Encoder, rounds: int, knobs: BoostingSettings) -> BoostedModel:
    """Every class weighs the same in training, whatever its share: its probabilities are no longer shares."""
    truth = labels(before)
    counts = np.bincount(truth, minlength=len(CLASSES))
    weights = len(truth) / (np.count_nonzero(counts) * np.maximum(counts, 1))
    return fit_boosted(before, encoder, knobs, rounds, weights[truth])


def _macro_f1(truth: Labels, scores: Matrix) -> float:
    size = len(CLASSES)
    cells = np.bincount(truth * size + scores.argmax(axis=1), minlength=size * size).reshape(size, size)
    return float((2 * cells.diagonal() / np.maximum(cells.sum(axis=0) + cells.sum(axis=1), 1)).mean())
