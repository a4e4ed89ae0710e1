"""Recompute the metrics of a study from predictions.parquet with scikit-learn only, and compare with metrics.json.

python benchmark/check.py targets/store/studies/severity

Nothing is imported from this project. Exit code 1 if a metric differs by more than 0.000002: six digits are published.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn import metrics
from sklearn.linear_model import LogisticRegression

CLASSES = ["NONE", "MINR", "SERS", "FATL"]
PROBABILITIES = ["p_none", "p_minr", "p_sers", "p_fatl"]
# Parts with the predictions from the record as it was a week after the event.
DAY_7 = ", day-7"
TOLERANCE = 2e-6
Checked = tuple[str, float, float | None]


def main(folder: Path) -> int:
    """Print the largest difference and every metric that is not reproduced."""
    results = json.loads((folder / "metrics.json").read_text(encoding="utf-8"))
    predictions = pd.read_parquet(folder / "predictions.parquet")
    late = predictions["part"].str.endswith(DAY_7)
    of_day_7 = predictions[late].assign(part=predictions["part"].str.removesuffix(DAY_7))
    primary = results["primary_model"]
    checked = list(compare(results, predictions[~late], primary))
    checked += [(f"day 7, {name}", own, stated) for name, own, stated in compare(results["day_7"], of_day_7, primary)]
    different = [(name, own, stated) for name, own, stated in checked if not is_equal(own, stated)]
    for name, own, stated in different:
        print(f"{name}: expected {own:.6f}, found {stated} in metrics.json")
    print(f"{len(checked):,} metrics computed again, {len(different):,} differ")
    return 1 if different or not checked else 0


def is_equal(own: float, stated: float | None) -> bool:
    """Return whether a published value is the computed one; None stands for an undefined one."""
    return bool(np.isnan(own)) if stated is None else abs(own - stated) <= TOLERANCE


def compare(results: dict[str, Any], predictions: pd.DataFrame, primary: str) -> Iterator[Checked]:
    """Yield (name, value computed here, value in metrics.json)."""
    rows = dict(tuple(predictions.groupby(["part", "model"], sort=False)))
    for model, parts in results["metrics"].items():
        for part, stated in parts.items():
            yield from of_part(f"{model}, {part}", rows[part, model], rows[part, "class shares"], stated)
    for window in results["backtest"]:
        part = f"backtest {window['first_year']}-{window['last_year']}"
        for model, stated in window["models"].items():
            yield from of_part(f"{model}, {part}", rows[part, model], rows[part, "class shares"], stated)
    for model, stated in results["fatal"].items():
        yield from of_fatal(f"{model}, fatal or not", rows["test", model], stated)
    for model, classes in results["class_calibration"].items():
        yield from of_calibration(f"{model}, calibration", rows["test", model], classes)
    for model, points in results["decision_curves"].items():
        if ("test", model) in rows:
            yield from of_decisions(f"{model}, net benefit", rows["test", model], points)
    for model, stated in results["paired"].items():
        yield from of_pair(f"{primary} minus {model}", rows["test", primary], rows["test", model], stated)
    for rule, stated in results["decision_rules"].items():
        # Of the model that is fitted with class weights, there are no predictions.
        if rule == "argmax" or "weights" in stated:
            yield from of_rule(f"{primary}, {rule}", rows["test", primary], stated)
    yield from of_windows(f"{primary}, windows", rows, results["backtest_average"].get(primary, {}), primary)
    yield from of_sets(f"{primary}, sets", rows["validation", primary], rows["test", primary], results)


def of_part(name: str, rows: pd.DataFrame, baseline: pd.DataFrame, stated: dict[str, Any]) -> Iterator[Checked]:
    """Yield the metrics of the four classes."""
    own = four_class_metrics(rows)
    own["log_loss_skill"] = 1 - own["log_loss"] / four_class_metrics(baseline)["log_loss"]
    yield from ((f"{name}: {metric}", value, stated[metric]) for metric, value in own.items())


def four_class_metrics(rows: pd.DataFrame, weights: Any = (1, 1, 1, 1)) -> dict[str, float]:
    """Return the metrics of a model; the most likely class is that with the highest weighted probability."""
    truth, shares = rows["severity"].map(CLASSES.index).to_numpy(), rows[PROBABILITIES].to_numpy()
    predicted, fatal = (shares * weights).argmax(axis=1), truth == 3
    has_both = 0 < fatal.sum() < len(fatal)
    f1 = {
        average: metrics.f1_score(truth, predicted, labels=range(4), average=average, zero_division=0)
        for average in ("macro", "weighted")
    }
    own = {
        "log_loss": metrics.log_loss(truth, shares, labels=range(4)),
        "accuracy": metrics.accuracy_score(truth, predicted),
        "balanced_accuracy": np.mean([np.mean(predicted[truth == label] == label) for label in np.unique(truth)]),
        "macro_f1": f1["macro"],
        "weighted_f1": f1["weighted"],
        "fatal_roc_auc": metrics.roc_auc_score(fatal, shares[:, 3]) if has_both else np.nan,
        "fatal_pr_auc": metrics.average_precision_score(fatal, shares[:, 3]) if has_both else np.nan,
        "brier": metrics.brier_score_loss(truth, shares, labels=range(4)),
        "expected_calibration_error": calibration_error(shares.argmax(axis=1) == truth, shares.max(axis=1)),
    }
    return {metric: float(value) for metric, value in own.items()}


def of_pair(name: str, rows: pd.DataFrame, other: pd.DataFrame, stated: dict[str, Any]) -> Iterator[Checked]:
    """Yield the differences of the metrics of two models."""
    first, second = four_class_metrics(rows), four_class_metrics(other)
    for metric in [metric for metric in first if metric in stated]:
        yield f"{name}: {metric}", first[metric] - second[metric], stated[metric]["difference"]


def of_rule(name: str, rows: pd.DataFrame, stated: dict[str, Any]) -> Iterator[Checked]:
    """Yield the metrics of a decision rule with weights of the classes."""
    weights = [stated.get("weights", {}).get(label, 1) for label in CLASSES]
    yield from (
        (f"{name}: {metric}", value, stated[metric]) for metric, value in four_class_metrics(rows, weights).items()
    )


def of_windows(name: str, rows: dict[Any, pd.DataFrame], stated: dict[str, Any], model: str) -> Iterator[Checked]:
    """Yield the metrics averaged over the backtest windows, weighted by events."""
    windows = [of_part for (part, other), of_part in rows.items() if part.startswith("backtest") and other == model]
    table = pd.DataFrame([four_class_metrics(window) for window in windows])
    sizes = np.array([len(window) for window in windows])
    for metric in table.columns.intersection(list(stated)):
        defined = table[metric].notna().to_numpy()
        own = np.average(table[metric][defined], weights=sizes[defined]) if defined.any() else np.nan
        yield f"{name}: {metric}", float(own), stated[metric]


def of_sets(name: str, validation: pd.DataFrame, test: pd.DataFrame, results: dict[str, Any]) -> Iterator[Checked]:
    """Yield thresholds of the prediction sets, their mean size, and their coverage by class."""
    stated = results["conformal_sets"]
    thresholds = []
    for label, column in zip(CLASSES, PROBABILITIES, strict=True):
        shares = np.sort(validation.loc[validation["severity"] == label, column].to_numpy())
        rank = int((len(shares) + 1) * (1 - stated["level"]) + 1e-9)
        thresholds.append(np.floor(shares[rank - 1] * 1e6) / 1e6 if rank else 0.0)
        yield f"{name}: threshold of {label}", float(thresholds[-1]), stated["thresholds"][label]
    shares = test[PROBABILITIES].to_numpy().round(6)
    sets = shares >= np.array(thresholds)
    sets[np.arange(len(sets)), shares.argmax(axis=1)] |= ~sets.any(axis=1)
    yield f"{name}: mean_size", float(sets.sum(axis=1).mean()), stated["mean_size"]
    for index, label in enumerate(CLASSES):
        covered = sets[(test["severity"] == label).to_numpy(), index]
        own = float(covered.mean()) if len(covered) else np.nan
        yield f"{name}: coverage of {label}", own, stated["coverage_by_class"][label]["observed_share"]


def of_fatal(name: str, rows: pd.DataFrame, stated: dict[str, Any]) -> Iterator[Checked]:
    """Yield the metrics of fatal against the rest."""
    fatal, probability = (rows["severity"] == "FATL").to_numpy(), rows["p_fatl"].to_numpy()
    has_both = 0 < fatal.sum() < len(fatal)
    own = {
        "log_loss": metrics.log_loss(fatal, probability, labels=[False, True]),
        "brier": np.mean((probability - fatal) ** 2),
        "roc_auc": metrics.roc_auc_score(fatal, probability) if has_both else np.nan,
        "pr_auc": metrics.average_precision_score(fatal, probability) if has_both else np.nan,
        "expected_calibration_error": calibration_error(fatal, probability),
    }
    yield from ((f"{name}: {metric}", float(value), stated[metric]) for metric, value in own.items())


def of_calibration(name: str, rows: pd.DataFrame, classes: dict[str, Any]) -> Iterator[Checked]:
    """Yield observed/expected and slope of each class. The slope is that of a regression without penalty."""
    for column, (label, stated) in zip(PROBABILITIES, sorted(classes.items(), key=order), strict=True):
        outcome, probability = (rows["severity"] == label).to_numpy(), rows[column].to_numpy()
        yield f"{name} of {label}: observed_expected", outcome.sum() / probability.sum(), stated["observed_expected"]
        if stated["slope"] is not None:
            margin = np.log(probability / (1 - probability))[:, None]
            fit = LogisticRegression(C=np.inf, solver="newton-cholesky", tol=1e-12, max_iter=100).fit(margin, outcome)
            yield f"{name} of {label}: slope", float(fit.coef_[0, 0]), stated["slope"]


def of_decisions(name: str, rows: pd.DataFrame, points: list[dict[str, Any]]) -> Iterator[Checked]:
    """Yield the net benefit per 1,000 accidents at each threshold."""
    fatal, probability = (rows["severity"] == "FATL").to_numpy(), rows["p_fatl"].to_numpy()
    for point in points:
        threshold = point["threshold"]
        _, false_positives, _, true_positives = metrics.confusion_matrix(
            fatal, probability >= threshold, labels=[False, True]
        ).ravel()
        benefit = (true_positives - false_positives * threshold / (1 - threshold)) / len(rows)
        yield f"{name} at {threshold}", 1000 * benefit, point["net_benefit"]


def calibration_error(correct: np.ndarray, confidence: np.ndarray) -> float:
    """Return the expected calibration error with 15 bins of equal width, which scikit-learn does not have."""
    bins = np.minimum((confidence * 15).astype(int), 14)
    return float(sum(abs((correct[bins == b] - confidence[bins == b]).sum()) for b in range(15)) / len(bins))


def order(item: tuple[str, Any]) -> int:
    """Return the position of a class."""
    return CLASSES.index(item[0])


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
