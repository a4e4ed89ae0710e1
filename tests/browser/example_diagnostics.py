"""Diagnostics of a synthetic study: paired differences, decision rules, calibration, backtest, subgroups, controls."""

from typing import Any

DIFFERENCE = {"interval": [-0.2, -0.1], "difference": -0.15}
METRICS: dict[str, Any] = {
    "log_loss": 0.99,
    "accuracy": 0.6,
    "weighted_f1": 0.53,
    "macro_f1": 0.38,
    "fatal_roc_auc": 0.84,
    "expected_calibration_error": 0.02,
    "log_loss_skill": 0.17,
    "intervals": {"fatal_roc_auc": [0.82, 0.86], "weighted_f1": [0.51, 0.55]},
}
BINS = [
    {"from": 0.0, "events": 300, "mean_predicted": 0.05, "observed_share": 0.04, "interval": [0.02, 0.07]},
    {"from": 0.4, "events": 60, "mean_predicted": 0.45, "observed_share": 0.5, "interval": [0.38, 0.62]},
    {"from": 0.9, "events": 0, "mean_predicted": None, "observed_share": None, "interval": [None, None]},
]
GROUP = {"events": 500, "fatal": 80, "fatal_share": 0.16, "mean_predicted_fatal": 0.17} | METRICS
FATAL_METRICS = {"roc_auc": 0.84, "pr_auc": 0.55, "log_loss": 0.36, "f1": 0.5, "precision": 0.4, "recall": 0.6}
CALIBRATION: dict[str, Any] = {
    "events": 500,
    "observed": 80,
    "expected": 75.5,
    "observed_expected": 1.06,
    "intercept": 0.05,
    "slope": 0.9,
    "intervals": {"slope": [0.8, 1.0]},
    "curve": [{"predicted": 0.1 * n, "observed_share": 0.1 * n, "interval": [0.0, 1.0]} for n in range(1, 9)],
}
COVERAGE = {"events": 100, "observed_share": 0.9, "interval": [0.85, 0.95]}
NET_BENEFIT = [{"threshold": 0.2, "net_benefit": 79.0, "intervals": {"net_benefit": [60.0, 98.0]}}]
WINDOWS = [(2001, 2003), (2004, 2006), (2007, 2009), (2010, 2012), (2013, 2015), (2016, 2018)]


def diagnostics(hostile: str) -> dict[str, Any]:
    """Keys of a study beyond its metrics; `hostile` is used as a value from the data."""
    rule = METRICS | {"per_class": {code: {"recall": 0.4} for code in ("NONE", "MINR", "SERS", "FATL")}}
    models = {"models": {"xgboost": METRICS}}
    return {
        "waived_warnings": [],
        "paired": {"class shares": {"log_loss": DIFFERENCE}, "logistic regression": {"log_loss": DIFFERENCE}},
        "fatal": {
            "xgboost": FATAL_METRICS
            | {"intervals": {"roc_auc": [0.8, 0.9]}, "decision_rule": "fatal from 0.29 on, tuned"}
        },
        "decision_rules": {"argmax": rule, "class weights in training, then argmax": rule},
        "calibration": {"uncalibrated": {"fatal_bins": BINS}, "calibrated": {"fatal_bins": BINS}},
        "backtest": [{"first_year": first, "last_year": last, "events": 900} | models for first, last in WINDOWS],
        "eras": {"avall": {"events": 3000} | models, "pre2008": {"events": 2400} | models},
        "subgroups": {"far_part": {"091": GROUP, hostile: GROUP | {"fatal_roc_auc": None, "intervals": {}}}},
        "class_calibration": {"xgboost": {code: CALIBRATION for code in ("NONE", "MINR", "SERS", "FATL")}},
        "fairness": {"groups": {"far_part": {hostile: CALIBRATION | {"roc_auc": 0.8, "differs": None}}}},
        "conformal_sets": {
            "mean_size": 2.8,
            "intervals": {"mean_size": [2.7, 2.9]},
            "coverage": COVERAGE,
            "coverage_by_class": {"FATL": COVERAGE},
            "coverage_by_year": {"2019": COVERAGE},
        },
        "decision_curves": {"xgboost": NET_BENEFIT, "all accidents": NET_BENEFIT},
        "external_validation": {"events": 120} | METRICS,
        "random_split_comparison": {"random": METRICS, "temporal": METRICS, "drop": {"fatal_roc_auc": 0.01}},
        "negative_controls": {"shuffled labels": {"events": 800, "fatal_roc_auc": 0.51, "fatal_roc_auc_limit": 0.58}},
    }
