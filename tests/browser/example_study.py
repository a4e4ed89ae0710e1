"""A synthetic severity study, with the keys of its metrics.json."""

from typing import Any

from reports.shared.data import StudyRecord
from tests.browser.example_diagnostics import diagnostics

HOSTILE = "<script>alert('x')</script> & \"Sons\""


def model_metrics(loss: float, auc: float) -> dict[str, Any]:
    """Metrics of one model on the test set, with intervals."""
    classes = ("NONE", "MINR", "SERS", "FATL")
    confusion = [[1700, 90, 60, 110], [400, 60, 40, 50], [220, 40, 90, 130], [150, 20, 60, 420]]
    per_class = {
        name: {"precision": 0.5, "recall": 0.4, "events": float(sum(row))}
        for name, row in zip(classes, confusion, strict=True)
    }
    per_class["SERS"]["events"] = 3.0
    return {
        "log_loss": loss,
        "fatal_roc_auc": auc,
        "accuracy": 0.6,
        "macro_f1": 0.37,
        "expected_calibration_error": 0.021,
        "log_loss_skill": 1 - loss / 1.2,
        "majority_share": 0.54,
        "events": 3640,
        "confusion": confusion,
        "per_class": per_class,
        "intervals": {
            "log_loss": [loss - 0.02, loss + 0.02],
            "fatal_roc_auc": [auc - 0.02, auc + 0.02],
            "macro_f1": [0.3, 0.4],
        },
    }


def record() -> StudyRecord:
    """Documents, explained events, meanings of features, and the history of a store with two runs."""
    contributions = [
        {"feature": f"feature_{n}", "value": value, "MINR": 0.1, "SERS": 0.2, "FATL": 0.5 - 0.4 * n}
        for n, value in enumerate((HOSTILE, 2.5, None, True))
    ]
    cases = [
        {
            "ev_id": f"2099010{n}X0000{n}",
            "severity": "FATL",
            "likeliest": "NONE",
            "explained": "FATL",
            "probabilities": {"FATL": 0.25},
            "contributions": contributions,
        }
        for n in range(10)
    ]
    decision = {"release": "5f0c2a9be1d3", "model": "severity", "events": "3640", "low": "-0.01", "high": "0.03"}
    decisions = [
        decision | {"version": "2", "promoted": "no", "reason": HOSTILE, "difference": "0.01"},
        decision | {"version": "1", "promoted": "yes", "reason": "first", "difference": ""},
    ]
    history = {
        "fingerprint": "0123abcd" * 2,
        "experiment": "severity/four-class/T1",
        "model": "severity",
        "version": "2",
    }
    return StudyRecord(
        cases=cases,
        documents={"model_card.md": "# Model card\n", "tripod.md": "# TRIPOD\n"},
        meanings={"feature_0": "Phase of flight of the first aircraft: one vocabulary."},
        history=history | {"status": "challenger", "champion": "1", "decisions": decisions},
    )


def study(**overrides: Any) -> dict[str, Any]:
    """A study as a dictionary; `overrides` replace keys."""
    models = {"class shares": (1.2, 0.5), "logistic regression": (1.01, 0.83), "xgboost": (0.99, 0.845)}
    counts = {
        partition: {"events": 100, "NONE": 50, "MINR": 20, "SERS": 10, "FATL": 20}
        for partition in ("train", "validation", "test")
    }
    importances = {f"feature_{n}": {"MINR": 0.1, "SERS": 0.1, "FATL": 0.5 / (n + 1)} for n in range(20)}
    base: dict[str, Any] = {
        "primary_model": "xgboost",
        "metrics": {name: {"test": model_metrics(*values)} for name, values in models.items()},
        "counts": counts,
        "excluded": {"not in the United States": 120, "not an accident": 14, HOSTILE: 1},
        "leakage_warnings": [],
        "single_feature_auc": {"broad_phase": 0.745, "state": 0.56},
        "missingness_auc": 0.53,
        "importances": importances,
        "rounds": 120,
        "settings": {
            "prediction_time": "T1",
            "first_year": 1982,
            "validation_year": 2016,
            "test_year": 2019,
            "last_year": 2021,
        },
    }
    return base | diagnostics(HOSTILE) | overrides
