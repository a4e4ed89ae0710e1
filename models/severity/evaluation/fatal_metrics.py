"""The yes-no question: does anybody die? Figures of every model, also of one that is asked nothing else."""

from typing import Any

import numpy as np

from models.severity.data.encoding import Matrix
from models.severity.evaluation import bootstrap
from models.severity.evaluation.bootstrap import BooleanArray
from models.severity.evaluation.metrics import log_loss_skill

# Thresholds tried on validation.
THRESHOLDS = np.round(np.arange(0.05, 0.96, 0.01), 2)


def choose_threshold(fatal: BooleanArray, probability: Matrix) -> float:
    """The threshold with the best F1 on validation, the lowest of equals; 0.5 where nobody died."""
    if not fatal.any():
        return 0.5
    return float(THRESHOLDS[int(np.argmax([_f1(fatal, probability >= each) for each in THRESHOLDS]))])


def evaluate_fatal(
    fatal: BooleanArray, probability: Matrix, threshold: float, draws: int, seed: int, baseline: Matrix
) -> dict[str, Any]:
    """Figures of one model on one part, with 95 % intervals; the rule beside F1 is the threshold from validation.

    `baseline`: another model's probability, for the skill.
    """
    values = _compute_metrics(fatal, probability, threshold, np.ones((1, len(fatal))))
    found: dict[str, Any] = {name: None if np.isnan(value[0]) else float(value[0]) for name, value in values.items()}
    blocks = [
        _compute_metrics(fatal, probability, threshold, drawn)
        for drawn in bootstrap.bootstrap_weights(len(fatal), draws, seed)
    ]
    drawn = {name: np.concatenate([block[name] for block in blocks]) for name in values if blocks}
    majority = (fatal == (2 * fatal.sum() > len(fatal))).astype(float)
    apart = bootstrap.bootstrap_means({"majority_share": majority, "baseline": _losses(fatal, baseline)}, draws, seed)
    if apart:
        drawn |= {
            "majority_share": apart["majority_share"],
            "log_loss_skill": 1 - drawn["log_loss"] / apart["baseline"],
        }
    return found | {
        "events": len(fatal),
        "fatal": int(fatal.sum()),
        "majority_share": float(majority.mean()),
        "log_loss_skill": log_loss_skill(found["log_loss"], float(_losses(fatal, baseline).mean())),
        "decision_rule": f"fatal from {threshold:.2f} on, tuned on validation",
        "intervals": {name: bootstrap.percentile_interval(each) for name, each in drawn.items()},
    }


def _compute_metrics(fatal: BooleanArray, probability: Matrix, threshold: float, drawn: Matrix) -> dict[str, Matrix]:
    said = probability >= threshold
    hit, true, called = ((drawn * each).sum(axis=1) for each in (said & fatal, fatal, said))
    area, average = bootstrap.ranking_metrics(fatal, probability, drawn)
    return {
        "log_loss": bootstrap.weighted_means(_losses(fatal, probability), drawn),
        "brier": bootstrap.weighted_means((probability - fatal) ** 2, drawn),
        "roc_auc": area,
        "pr_auc": average,
        "expected_calibration_error": bootstrap.calibration_errors(fatal, probability, drawn),
        "accuracy": bootstrap.weighted_means((said == fatal).astype(float), drawn),
        "f1": 2 * hit / np.maximum(true + called, 1),
        "precision": hit / np.maximum(called, 1),
        "recall": np.where(true > 0, hit / np.maximum(true, 1), np.nan),
    }


def _losses(fatal: BooleanArray, probability: Matrix) -> Matrix:
    return np.asarray(-np.log(np.where(fatal, probability, 1 - probability)))


def _f1(fatal: BooleanArray, said: BooleanArray) -> float:
    return float(2 * (fatal & said).sum() / max(fatal.sum() + said.sum(), 1))
