"""What the model leans on, and why it says what it says of an event.

Contributions are SHAP values as XGBoost computes them (exact for trees): for each class, in units of log odds; with the
bias they sum to the margin whose softmax is the model's probability. They say what was used, not what hurts.
"""

import hashlib
from typing import Any

import numpy as np
import pandas as pd

from models.severity.data.encoding import Matrix, labels
from models.severity.data.population import CLASSES
from models.severity.estimators.base import Model
from models.severity.estimators.xgboost_multiclass import BoostedModel

# Events explained: those of the test part whose ev_id has the smallest sha256. An ev_id begins with the date, so the
# first ones in its own order would all be of the same season.
SAMPLE_SIZE = 500
N_REPEATS = 5
TOP_FEATURES = 10
GRID_POINTS = 12
N_CASES = 10
# Contributions that are shown of a case.
TOP_CONTRIBUTIONS = 6
SAMPLE_RULE = f"of the test part, up to {SAMPLE_SIZE} events whose ev_id has the smallest sha256"


def sample(events: pd.DataFrame, count: int = SAMPLE_SIZE) -> pd.DataFrame:
    """The same events of the same table, whatever the order of its rows, and no season before another."""
    drawn = events.assign(_place=[hashlib.sha256(name.encode()).hexdigest() for name in events["ev_id"]])
    return drawn.sort_values("_place").head(count).drop(columns="_place").reset_index(drop=True)


def mean_absolute_shap(model: BoostedModel, events: pd.DataFrame) -> dict[str, dict[str, float]]:
    """Feature -> class -> mean absolute contribution in log odds, and `all` their mean; greatest first."""
    means = np.abs(model.contributions(sample(events))[:, :, :-1]).mean(axis=0)
    order = np.argsort(-means.mean(axis=0), kind="stable")
    names = model.encoder.names
    return {
        names[at]: {
            "all": float(means[:, at].mean()),
            **{severity: float(means[row, at]) for row, severity in enumerate(CLASSES)},
        }
        for at in order
    }


def permutation_importance(
    model: Model, events: pd.DataFrame, names: list[str], seed: int
) -> dict[str, dict[str, float]]:
    """Feature -> how much the log loss rises where its values are dealt out anew: mean, least and most of the deals.

    Greatest mean first. Features that say the same thing stand in for each other, so each of them looks unimportant.
    """
    drawn = sample(events)
    before = _log_loss(model.probabilities(drawn), labels(drawn))
    dice = np.random.default_rng(seed)
    found = {}
    for name in names:
        deals = [dice.permutation(len(drawn)) for _ in range(N_REPEATS)]
        dealt = pd.concat([drawn.assign(**{name: drawn[name].to_numpy()[deal]}) for deal in deals], ignore_index=True)
        losses = np.split(_losses(model.probabilities(dealt), labels(dealt)), N_REPEATS)
        rises = [float(loss.mean()) - before for loss in losses]
        found[name] = {"mean": float(np.mean(rises)), "least": min(rises), "most": max(rises)}
    return dict(sorted(found.items(), key=lambda item: -item[1]["mean"]))


def partial_dependence(model: Model, events: pd.DataFrame, kinds: dict[str, str]) -> dict[str, list[dict[str, Any]]]:
    """Feature -> points: mean probability of each class where all events of the sample have that value.

    `kinds`: the features wanted, and their kind. Numbers take quantiles (5 % to 95 %), categories the commonest values.
    """
    drawn = sample(events)
    found: dict[str, list[dict[str, Any]]] = {}
    for name, kind in kinds.items():
        values = _grid(drawn[name], kind)
        if not values:
            found[name] = []
            continue
        pieces = [drawn.assign(**{name: pd.Series([value] * len(drawn), dtype=object)}) for value in values]
        shares = model.probabilities(pd.concat(pieces, ignore_index=True))
        means = shares.reshape(len(values), len(drawn), len(CLASSES)).mean(axis=1)
        found[name] = [
            {"value": value, **dict(zip(CLASSES, map(float, row), strict=True))}
            for value, row in zip(values, means, strict=True)
        ]
    return found


def explain_cases(model: BoostedModel, events: pd.DataFrame) -> list[dict[str, Any]]:
    """Ten explained events: of each class the one that is recognised best and the one that is recognised worst, then
    those in the middle of all, by the predicted probability of the actual class; ties in order of ev_id.
    """
    ordered = events.sort_values("ev_id", ignore_index=True)
    truth = labels(ordered)
    given = model.probabilities(ordered)[np.arange(len(ordered)), truth]
    ranked = np.argsort(given, kind="stable")
    chosen: list[int] = []
    for severity in range(len(CLASSES)):
        own = [int(at) for at in ranked if truth[at] == severity]
        chosen += [own[-1], own[0]] if len(own) > 1 else own
    middle = sorted(range(len(ranked)), key=lambda place: (abs(2 * place - len(ranked) + 1), place))
    chosen += [int(ranked[place]) for place in middle if int(ranked[place]) not in chosen]
    rows = ordered.iloc[chosen[:N_CASES]].reset_index(drop=True)
    return [explain_event(model, rows.iloc[[at]]) for at in range(len(rows))]


def explain_event(model: BoostedModel, event: pd.DataFrame) -> dict[str, Any]:
    """Probabilities of one event (a table of one row), and what pushed the likeliest class most, up or down."""
    row = event.iloc[0]
    # The outcome is not looked at, and not every event has one.
    blind = event.drop(columns="severity")
    shares = model.probabilities(blind)[0]
    found = model.contributions(blind)[0]
    likeliest = int(shares.argmax())
    order = np.argsort(-np.abs(found[likeliest, :-1]), kind="stable")[:TOP_CONTRIBUTIONS]
    names = model.encoder.names
    return {
        "ev_id": str(row["ev_id"]),
        "severity": row["severity"] if row["severity"] in CLASSES else None,
        "likeliest": CLASSES[likeliest],
        "probabilities": dict(zip(CLASSES, map(float, shares), strict=True)),
        "bias": dict(zip(CLASSES, map(float, found[:, -1]), strict=True)),
        "contributions": [
            {"feature": names[at], "value": to_json_value(row[names[at]])}
            | dict(zip(CLASSES, map(float, found[:, at]), strict=True))
            for at in order
        ],
    }


def to_json_value(value: Any) -> str | float | bool | None:
    """A value as JSON has it; None where it is missing."""
    if pd.isna(value):
        return None
    if isinstance(value, bool | np.bool_):
        return bool(value)
    return value if isinstance(value, str) else float(value)


def _grid(values: pd.Series, kind: str) -> list[Any]:
    known = values.dropna()
    if kind == "number":
        numbers = pd.to_numeric(known.astype(object)).astype(float)
        points = np.linspace(0.05, 0.95, GRID_POINTS)
        return sorted({float(number) for number in np.quantile(numbers, points)}) if len(numbers) else []
    counts = known.astype(object).value_counts()
    commonest = sorted(counts.items(), key=lambda item: (-item[1], str(item[0])))[:GRID_POINTS]
    return [to_json_value(value) for value, _ in commonest]


def _losses(probabilities: Matrix, truth: Any) -> Matrix:
    return np.asarray(-np.log(probabilities[np.arange(len(truth)), truth]))


def _log_loss(probabilities: Matrix, truth: Any) -> float:
    return float(_losses(probabilities, truth).mean())
