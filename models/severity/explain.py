"""Feature importance, partial dependence, and explanations of single events.

Contributions are SHAP values (Lundberg and Lee 2017), which XGBoost computes exactly for trees (Lundberg et al. 2020):
per class, in log odds. With the bias they sum to the margin whose softmax is the model's probability. They describe
what the model uses, not what causes injuries.
"""

import hashlib
from typing import Any

import numpy as np
import pandas as pd

from models.severity.data.encoding import Matrix, labels
from models.severity.data.population import CLASSES
from models.severity.estimators.base import Model
from models.severity.estimators.xgboost_multiclass import BoostedModel

# Events explained: those of the test set with the smallest sha256 of ev_id. An ev_id begins with the date, so the first
# ones in its own order would all be from the same season.
SAMPLE_SIZE = 500
N_REPEATS = 5
TOP_FEATURES = 10
GRID_POINTS = 12
N_CASES = 10
# Contributions shown per case.
TOP_CONTRIBUTIONS = 6
SAMPLE_RULE = f"up to {SAMPLE_SIZE} events of the test set, those with the smallest sha256 of ev_id"


def sample(events: pd.DataFrame, count: int = SAMPLE_SIZE) -> pd.DataFrame:
    """Return up to `count` events, chosen by the hash of ev_id, so that row order and season have no effect."""
    hashed = events.assign(_hash=[hashlib.sha256(name.encode()).hexdigest() for name in events["ev_id"]])
    return hashed.sort_values("_hash").head(count).drop(columns="_hash").reset_index(drop=True)


def mean_absolute_shap(model: BoostedModel, events: pd.DataFrame) -> dict[str, dict[str, float]]:
    """Return {feature: {class or `all`: mean absolute SHAP value in log odds}}, in descending order of `all`."""
    means = np.abs(model.contributions(sample(events))[:, :, :-1]).mean(axis=0)
    order = np.argsort(-means.mean(axis=0), kind="stable")
    names = model.encoder.names
    return {
        names[index]: {
            "all": float(means[:, index].mean()),
            **{severity: float(means[row, index]) for row, severity in enumerate(CLASSES)},
        }
        for index in order
    }


def permutation_importance(
    model: Model, events: pd.DataFrame, names: list[str], seed: int
) -> dict[str, dict[str, float]]:
    """Return {feature: {mean, min, max}} of the increase in log loss when the feature is permuted (Breiman 2001).

    In descending order of the mean over the repeats. Correlated features replace each other, so each of them looks
    unimportant.
    """
    sampled = sample(events)
    baseline = float(_losses(model.probabilities(sampled), labels(sampled)).mean())
    generator = np.random.default_rng(seed)
    importance = {}
    for name in names:
        orders = [generator.permutation(len(sampled)) for _ in range(N_REPEATS)]
        values = sampled[name].to_numpy()
        permuted = pd.concat([sampled.assign(**{name: values[order]}) for order in orders], ignore_index=True)
        losses = np.split(_losses(model.probabilities(permuted), labels(permuted)), N_REPEATS)
        increases = [float(loss.mean()) - baseline for loss in losses]
        importance[name] = {"mean": float(np.mean(increases)), "min": min(increases), "max": max(increases)}
    return dict(sorted(importance.items(), key=lambda item: -item[1]["mean"]))


def partial_dependence(model: Model, events: pd.DataFrame, kinds: dict[str, str]) -> dict[str, list[dict[str, Any]]]:
    """Return {feature: grid points}: mean probability of each class if all sampled events had a value (Friedman 2001).

    A point is {value, class: probability, ...}. `kinds`: {feature: its kind}. Values are quantiles from 5 % to 95 % for
    numbers, and the most frequent categories. A feature that is always missing has no points.
    """
    sampled = sample(events)
    dependence: dict[str, list[dict[str, Any]]] = {}
    for name, kind in kinds.items():
        values = _grid(sampled[name], kind)
        if not values:
            dependence[name] = []
            continue
        copies = [sampled.assign(**{name: pd.Series([value] * len(sampled), dtype=object)}) for value in values]
        probabilities = model.probabilities(pd.concat(copies, ignore_index=True))
        means = probabilities.reshape(len(values), len(sampled), len(CLASSES)).mean(axis=1)
        dependence[name] = [
            {"value": value, **dict(zip(CLASSES, map(float, row), strict=True))}
            for value, row in zip(values, means, strict=True)
        ]
    return dependence


def explain_cases(model: BoostedModel, events: pd.DataFrame) -> list[dict[str, Any]]:
    """Return ten explained events: the best and the worst predicted of each class, then those closest to the median.

    Ordered by the predicted probability of the true class; ties in order of ev_id.
    """
    ordered = events.sort_values("ev_id", ignore_index=True)
    truth = labels(ordered)
    probability_of_truth = model.probabilities(ordered)[np.arange(len(ordered)), truth]
    ranked = np.argsort(probability_of_truth, kind="stable").tolist()
    chosen: list[int] = []
    for severity in range(len(CLASSES)):
        of_class = [row for row in ranked if truth[row] == severity]
        chosen += [of_class[-1], of_class[0]] if len(of_class) > 1 else of_class
    by_distance_to_median = sorted(range(len(ranked)), key=lambda rank: (abs(2 * rank - len(ranked) + 1), rank))
    chosen += [ranked[rank] for rank in by_distance_to_median if ranked[rank] not in chosen]
    cases = ordered.iloc[chosen[:N_CASES]].reset_index(drop=True)
    return [explain_event(model, cases.iloc[[row]]) for row in range(len(cases))]


def explain_event(model: BoostedModel, event: pd.DataFrame) -> dict[str, Any]:
    """Return the explanation of one event, which is a table of one row.

    It has the probabilities and the bias of each class, and the largest contributions to the most likely class.
    """
    row = event.iloc[0]
    # The label is not used, and may be missing.
    unlabeled = event.drop(columns="severity")
    probabilities = model.probabilities(unlabeled)[0]
    contributions = model.contributions(unlabeled)[0]
    likeliest = int(probabilities.argmax())
    order = np.argsort(-np.abs(contributions[likeliest, :-1]), kind="stable")[:TOP_CONTRIBUTIONS]
    names = model.encoder.names
    return {
        "ev_id": str(row["ev_id"]),
        "severity": row["severity"] if row["severity"] in CLASSES else None,
        "likeliest": CLASSES[likeliest],
        "probabilities": dict(zip(CLASSES, map(float, probabilities), strict=True)),
        "bias": dict(zip(CLASSES, map(float, contributions[:, -1]), strict=True)),
        "contributions": [
            {"feature": names[index], "value": to_json_value(row[names[index]])}
            | dict(zip(CLASSES, map(float, contributions[:, index]), strict=True))
            for index in order
        ],
    }


def to_json_value(value: Any) -> str | float | bool | None:
    """Return the value as a type of JSON; None if it is missing."""
    if pd.isna(value):
        return None
    if isinstance(value, bool | np.bool_):
        return bool(value)
    return value if isinstance(value, str) else float(value)


def _grid(values: pd.Series, kind: str) -> list[Any]:
    """Return the values at which partial dependence is computed; empty if the feature is always missing."""
    known = values.dropna()
    if kind == "number":
        numbers = pd.to_numeric(known.astype(object)).astype(float)
        levels = np.linspace(0.05, 0.95, GRID_POINTS)
        return sorted({float(number) for number in np.quantile(numbers, levels)}) if len(numbers) else []
    counts = known.astype(object).value_counts()
    most_frequent = sorted(counts.items(), key=lambda item: (-item[1], str(item[0])))[:GRID_POINTS]
    return [to_json_value(value) for value, _ in most_frequent]


def _losses(probabilities: Matrix, truth: Any) -> Matrix:
    """Return the log loss of each event."""
    return np.asarray(-np.log(probabilities[np.arange(len(truth)), truth]))
