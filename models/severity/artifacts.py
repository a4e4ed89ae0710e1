"""A study as files: model, metrics, explanation, plots and cards, with the digests that identify them."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import joblib  # type: ignore[import-untyped]  # The package has no type hints.
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet

from models.severity import explain, model_card
from models.severity.estimators.base import Model
from models.severity.plots import bar_chart_png, confusion_png, partial_dependence_png
from models.severity.study import Study, round_floats

# Name of the model fitted on all closed years, next to the names of the compared models.
DEPLOYED = "deployed"


def table_digest(frame: pd.DataFrame) -> str:
    """Return 16 hex digits over the column names and all values of the table, in order of ev_id."""
    ordered = frame.sort_values("ev_id", ignore_index=True)
    ordered = ordered.astype(object).where(ordered.notna(), None).astype(str)
    values = pd.util.hash_pandas_object(ordered, index=False).to_numpy(dtype=np.uint64)
    return hashlib.sha256("\0".join(ordered.columns).encode() + values.tobytes()).hexdigest()[:16]


def model_digest(study: Study) -> str:
    """Return 16 hex digits over the bytes of the model and of its encoding, independent of the run that fitted it."""
    encoding = json.dumps(study.encoding(), sort_keys=True).encode()
    return hashlib.sha256(study.booster_bytes() + b"\0" + encoding).hexdigest()[:16]


def deployed_digest(study: Study) -> str:
    """Return 16 hex digits over the bytes of the deployed model and its categories."""
    categories = json.dumps(study.deployed.encoder.categories, sort_keys=True).encode()
    return hashlib.sha256(bytes(study.deployed.booster.save_raw("ubj")) + b"\0" + categories).hexdigest()[:16]


def identity(study: Study, frame: pd.DataFrame, fingerprint: str) -> dict[str, str]:
    """Return the fingerprint, and digests of models, feature table, partitions and test set; equal in every rerun."""
    return {
        "fingerprint": fingerprint,
        "model": model_digest(study),
        "deployed": deployed_digest(study),
        "features": table_digest(frame),
        "split": study.split_id,
        "test": study.test_id,
    }


def identity_tags(names: Mapping[str, str]) -> dict[str, str]:
    """Return the digests of `identity` as MLflow tags, without the fingerprint, which is already a tag."""
    return {
        "model_digest": names["model"],
        "features_digest": names["features"],
        "split_id": names["split"],
        "test_id": names["test"],
    }


def flatten_metrics(evaluations: Mapping[str, Mapping[str, Any]]) -> dict[str, float]:
    """Return {name: value} of one model's metrics, such as test/log_loss, test/log_loss_low, test/recall_FATL_high.

    `evaluations`: {partition: metrics}. Values that are None are omitted.
    """
    flat: dict[str, Any] = {}
    for part, evaluation in evaluations.items():
        flat |= {f"{part}/{name}": value for name, value in evaluation.items() if isinstance(value, int | float)}
        for name, (low, high) in (evaluation["intervals"] | evaluation.get("per_class_intervals", {})).items():
            flat |= {f"{part}/{name}_low": low, f"{part}/{name}_high": high}
        for severity, values in evaluation.get("per_class", {}).items():
            flat |= {f"{part}/{name}_{severity}": value for name, value in values.items()}
    return {name: float(round_floats(value)) for name, value in flat.items() if value is not None}


def explanation(study: Study) -> dict[str, Any]:
    """Return SHAP values, permutation importance of features and groups, partial dependence, and ten cases; rounded."""
    test, seed, n_bootstrap = study.split.test, study.settings.seed, study.settings.n_bootstrap
    features, sampled = study.model.encoder.features, explain.sample(test)
    kinds = {feature.column: feature.kind for feature in features}
    single, groups = {name: [name] for name in study.features}, explain.feature_groups(features)
    top = {name: kinds[name] for name in list(study.importances)[: explain.TOP_FEATURES]}
    values = {
        "sample": {"rule": explain.SAMPLE_RULE, "events": min(len(test), explain.SAMPLE_SIZE)},
        "contributions": study.importances,
        "permutation": explain.permutation_importance(study.model, sampled, single, seed, n_bootstrap),
        "group_permutation": explain.permutation_importance(study.model, test, groups, seed, n_bootstrap),
        "partial_dependence": explain.partial_dependence(study.model, test, top),
        "cases": explain.explain_cases(study.model, test),
    }
    return dict(round_floats(values))


def write_artifacts(study: Study, folder: Path, names: Mapping[str, str]) -> None:
    """Write the study as files; equal studies give equal bytes. `names`: see `identity`.

    metrics.json, predictions.parquet, encoding.json, model.ubj, explanation.json, identity.json, model_card.md,
    tripod.md, the folder models with every fitted model, and the folders confusion and explanation with a JSON file of
    its values for each PNG.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "metrics.json").write_text(study.json(), encoding="utf-8")
    (folder / "encoding.json").write_text(_json_text(study.encoding()), encoding="utf-8")
    (folder / "model.ubj").write_bytes(study.booster_bytes())
    parquet = pa.Table.from_pandas(study.predictions, preserve_index=False).replace_schema_metadata()
    pyarrow.parquet.write_table(parquet, folder / "predictions.parquet", compression="zstd")
    (folder / "identity.json").write_text(_json_text(dict(names)), encoding="utf-8")
    _write_confusion(study, folder / "confusion")
    _write_models(study, folder / "models")
    values = explanation(study)
    # Keys are not sorted: features are in the order of importance.
    (folder / "explanation.json").write_text(json.dumps(values, indent=1) + "\n", encoding="utf-8")
    _write_plots(values, folder / "explanation")
    for name, text in model_card.render_cards(folder).items():
        (folder / name).write_text(text, encoding="utf-8")


def load_model(folder: Path, name: str) -> Model:
    """Return a model of a study's folder: one of the compared models, or DEPLOYED.

    The file is a pickle, which can run any code: load only files that this project wrote.
    """
    model: Model = joblib.load(_model_path(folder / "models", name))
    return model


def _write_models(study: Study, folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    for name, model in {**study.models, DEPLOYED: study.deployed}.items():
        joblib.dump(model, _model_path(folder, name), compress=("zlib", 3))


def _model_path(folder: Path, name: str) -> Path:
    return folder / f"{name.replace(' ', '_')}.joblib"


def _write_confusion(study: Study, folder: Path) -> None:
    """Write the confusion matrix of each model on test as JSON and PNG."""
    folder.mkdir(exist_ok=True)
    for name, evaluations in study.metrics.items():
        counts = evaluations["test"]["confusion"]
        stem = folder / name.replace(" ", "_")
        stem.with_suffix(".json").write_text(_json_text(counts), encoding="utf-8")
        stem.with_suffix(".png").write_bytes(confusion_png(counts, name))


def _write_plots(explained: Mapping[str, Any], folder: Path) -> None:
    """Write one PNG per kind of explanation, and a JSON file of the values that it shows."""
    folder.mkdir(exist_ok=True)
    shap = dict(list(explained["contributions"].items())[: explain.TOP_FEATURES])
    permutation = dict(list(explained["group_permutation"].items())[: explain.TOP_FEATURES])
    dependence = explained["partial_dependence"]
    shap_bars = {name: (means["FATL"],) * 3 for name, means in shap.items()}
    permutation_bars = {name: _bar(rise) for name, rise in permutation.items()}
    shap_png = bar_chart_png(shap_bars, "Mean absolute SHAP value", "log odds of FATL against NONE")
    permutation_png = bar_chart_png(permutation_bars, "Permutation importance", "increase in log loss")
    plots = {
        "contributions": (shap, shap_png),
        "permutation": (permutation, permutation_png),
        "partial_dependence": (dependence, partial_dependence_png(dependence)),
    }
    for name, (values, png) in plots.items():
        (folder / f"{name}.json").write_text(json.dumps(values, indent=1) + "\n", encoding="utf-8")
        (folder / f"{name}.png").write_bytes(png)


def _bar(rise: Mapping[str, float | None]) -> tuple[float, float, float]:
    """Return the mean and the ends of its interval; without bootstrap samples, the mean."""
    mean = rise["mean"] or 0.0
    low, high = (mean if rise[end] is None else float(rise[end] or 0) for end in ("low", "high"))
    return mean, low, high


def _json_text(value: Any) -> str:
    return json.dumps(value, indent=1, sort_keys=True) + "\n"
