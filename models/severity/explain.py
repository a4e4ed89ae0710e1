"""Feature importance, partial dependence, and explanations of single events.

Contributions are SHAP values (Lundberg and Lee 2017), which XGBoost computes exactly for trees (Lundberg et al. 2020).
The margins of the classes, whose softmax is the model's probability, are defined up to a constant per event.
Contributions are therefore compared with those to REFERENCE: then they are log odds of a class against that one, and do
not depend on the constant. They describe what the model uses, not what causes injuries.
"""

import hashlib
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from models.severity.data.encoding import Matrix, labels
from models.severity.data.feature_registry import Feature
from models.severity.data.population import CLASSES
from models.severity.estimators.base import Model
from models.severity.estimators.xgboost_multiclass import BoostedModel
from models.severity.evaluation import bootstrap
from models.severity.evaluation.bootstrap import FATAL
from models.severity.parallel import run_all

# Events explained: those of the test set with the smallest sha256 of ev_id. An ev_id begins with the date, so the first
# ones in its own order would all be from the same season.
SAMPLE_SIZE = 500
N_REPEATS = 5
REFERENCE = CLASSES.index("NONE")
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
    """Return {feature: {class: mean absolute SHAP value in log odds of the class against NONE}}, ordered by FATL."""
    means = np.abs(contributions_to_odds(model, sample(events))[:, :, :-1]).mean(axis=0)
    order = np.argsort(-means[FATAL], kind="stable")
    names = model.encoder.names
    return {
        names[index]: {severity: float(means[row, index]) for row, severity in enumerate(CLASSES) if row != REFERENCE}
        for index in order
    }


def contributions_to_odds(model: BoostedModel, events: pd.DataFrame) -> Matrix:
    """Return SHAP values in log odds of each class against NONE, shape (events, classes, features + bias)."""
    contributions = model.contributions(events)
    return np.asarray(contributions - contributions[:, [REFERENCE], :])


def permutation_importance(
    model: Model, events: pd.DataFrame, groups: Mapping[str, Sequence[str]], seed: int, n_bootstrap: int
) -> dict[str, dict[str, float | None]]:
    """Return {group: {mean, low, high}} of the increase in log loss when its features are permuted (Breiman 2001).

    The features of a group are permuted together: a single one of several correlated features looks unimportant,
    because the others replace it. In descending order of the mean over the repeats; the 95 % interval is over events.
    """
    ordered = events.sort_values("ev_id", ignore_index=True)
    baseline = _losses(model.probabilities(ordered), labels(ordered))
    generator = np.random.default_rng(seed)
    jobs = []
    for columns in groups.values():
        orders = [generator.permutation(len(ordered)) for _ in range(N_REPEATS)]
        jobs.append(partial(_permuted_losses, model, ordered, columns, orders))
    increases = {name: losses - baseline for name, losses in zip(groups, run_all(jobs), strict=True)}
    samples = bootstrap.bootstrap_means(increases, n_bootstrap, seed)
    importance = {}
    for name in sorted(increases, key=lambda name: -increases[name].mean()):
        low, high = bootstrap.percentile_interval(samples.get(name, np.array([])))
        importance[name] = {"mean": float(increases[name].mean()), "low": low, "high": high}
    return importance


def _permuted_losses(model: Model, events: pd.DataFrame, columns: Sequence[str], orders: Sequence[Any]) -> Matrix:
    """Return the mean log loss of each event over copies of the table with the columns in each order."""
    copies = [events.assign(**{column: events[column].array[order] for column in columns}) for order in orders]
    # One prediction of all copies takes less time than one of each.
    permuted = pd.concat(copies, ignore_index=True)
    losses = _losses(model.probabilities(permuted), labels(permuted)).reshape(len(orders), -1)
    return np.asarray(losses.mean(axis=0))


def feature_groups(features: Sequence[Feature]) -> dict[str, list[str]]:
    """Return {group: columns} of the features, in their order; a feature without a group is one by itself."""
    groups: dict[str, list[str]] = {}
    for feature in features:
        groups.setdefault(feature.group or feature.column, []).append(feature.column)
    return groups


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

    It has the probabilities and the bias of each class, and the largest contributions to the most likely class, against
    NONE; if that is the most likely one, those to FATL. `explained` names the class.
    """
    row = event.iloc[0]
    # The label is not used, and may be missing.
    unlabeled = event.drop(columns="severity")
    probabilities = model.probabilities(unlabeled)[0]
    contributions = contributions_to_odds(model, unlabeled)[0]
    explained = FATAL if probabilities.argmax() == REFERENCE else int(probabilities.argmax())
    likeliest = int(probabilities.argmax())
    order = np.argsort(-np.abs(contributions[explained, :-1]), kind="stable")[:TOP_CONTRIBUTIONS]
    names = model.encoder.names
    return {
        "ev_id": str(row["ev_id"]),
        "severity": row["severity"] if row["severity"] in CLASSES else None,
        "likeliest": CLASSES[likeliest],
        "explained": CLASSES[explained],
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
