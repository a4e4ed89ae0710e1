"""Decision rules: which class to predict from the probabilities. Every F1 score is reported with its rule."""

from typing import Any

import numpy as np
import pandas as pd

from models.severity.config import BoostingSettings, StudySettings
from models.severity.data.encoding import Matrix, encode_events, labels
from models.severity.data.population import CLASSES
from models.severity.data.split import Split
from models.severity.estimators.xgboost_multiclass import BoostedModel
from models.severity.evaluation import metrics
from models.severity.evaluation.bootstrap import Labels

# Candidate factors for a class's probability; the factor of NONE is 1.
WEIGHT_GRID = (0.5, 0.75, 1.0, 1.25, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0)
N_PASSES = 3
TUNED_RULE = "class weights tuned on validation for macro F1"
TRAINED_RULE = "class weights in training, then argmax"


def tune_class_weights(truth: Labels, probabilities: Matrix) -> Matrix:
    """Return the factors, one per class, that maximize the macro F1 score, by coordinate ascent over a grid."""
    weights = np.ones(len(CLASSES))
    best_score = _macro_f1(truth, probabilities * weights)
    for _ in range(N_PASSES):
        for index in range(1, len(CLASSES)):
            for factor in WEIGHT_GRID:
                candidate = weights.copy()
                candidate[index] = factor
                if (score := _macro_f1(truth, probabilities * candidate)) > best_score + 1e-12:
                    weights, best_score = candidate, score
    return weights


def compare_rules(
    validation: Matrix, test: Matrix, weighted: Matrix, parts: Split, settings: StudySettings
) -> dict[str, Any]:
    """Return {rule: metrics on test}. `validation`: probabilities of a model that was not fitted on validation.

    `test` and `weighted`: probabilities on test of the model fitted on train and validation, and of `fit_weighted`.
    """
    truth = labels(parts.test)
    factors = tune_class_weights(labels(parts.validation), validation)
    predictions = {
        metrics.DECISION_RULE: (test, test.argmax(axis=1)),
        TUNED_RULE: (test, (test * factors).argmax(axis=1)),
        TRAINED_RULE: (weighted, weighted.argmax(axis=1)),
    }
    evaluations = {
        rule: metrics.evaluate(truth, matrix, settings.n_bootstrap, settings.seed, predicted, rule)
        for rule, (matrix, predicted) in predictions.items()
    }
    evaluations[TUNED_RULE]["weights"] = dict(zip(CLASSES, factors.tolist(), strict=True))
    return evaluations


def fit_weighted(before: pd.DataFrame, model: BoostedModel, boosting: BoostingSettings) -> BoostedModel:
    """Return `model` fitted again with balanced class weights, as scikit-learn's `class_weight="balanced"`."""
    truth = labels(before)
    counts = np.bincount(truth, minlength=len(CLASSES))
    weights = len(truth) / (np.count_nonzero(counts) * np.maximum(counts, 1))
    events = encode_events(model.encoder, before, weights=weights[truth])
    return BoostedModel.fit_encoded(events, boosting, rounds=model.rounds)


def _macro_f1(truth: Labels, scores: Matrix) -> float:
    size = len(CLASSES)
    confusion = np.bincount(truth * size + scores.argmax(axis=1), minlength=size * size).reshape(size, size)
    sizes = np.maximum(confusion.sum(axis=0) + confusion.sum(axis=1), 1)
    return float((2 * confusion.diagonal() / sizes).mean())
