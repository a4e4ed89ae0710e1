"""The registered severity model: the champion's logged model, loaded again when another version becomes champion."""

import logging
import os
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import numpy as np
import pandas as pd
import xgboost

from models.severity.data import feature_registry
from models.severity.data.encoding import Matrix
from models.severity.data.records import CLOSED, DAY_7, closure_columns
from models.severity.prediction_sets import prediction_sets
from models.severity.study import DIGITS
from models.severity.tracking import relocation
from models.severity.tracking.model_registry import CHALLENGER, CHAMPION, has_open_warning
from models.severity.tracking.store import open_store, sqlite_path, store_errors
from pipeline.serving import formats

log = logging.getLogger(__name__)
Row = Mapping[str, Any]
# Predictions at a time; they use one processor each, and a request of many rows lets others go first now and then.
MIN_PREDICTIONS = 2
ROWS_AT_ONCE = 50

# MLflow keeps the address of its store per process.
_mlflow_lock = threading.Lock()


@dataclass(frozen=True)
class LoadedModel:
    """A model version: `predictor` is the logged model, `origin` what a response says about it, `card` Markdown.

    `thresholds`: record -> class -> threshold of its prediction sets.
    """

    version: str
    predictor: Any = field(repr=False)
    origin: Mapping[str, Any]
    card: str = field(repr=False)
    thresholds: Mapping[str, Mapping[str, float]] = field(repr=False)

    @property
    def tag(self) -> str:
        """The ETag of responses of this model."""
        return f'W/"{self.version}-{formats.CODE}"'

    @cached_property
    def kinds(self) -> dict[str, str]:
        """{feature: number, category or boolean}, in the order of the model's columns."""
        return dict(self.predictor.kinds)

    @cached_property
    def codes(self) -> dict[str, dict[str, float]]:
        """{feature: {category: code}}; NaN for judgments made after the investigation, which are not inputs."""
        return {
            name: {category: float(code) for code, category in enumerate(self.predictor.categories[name])}
            | dict.fromkeys(getattr(self.predictor, "not_inputs", {}).get(name, ()), np.nan)
            for name, kind in self.kinds.items()
            if kind == "category"
        }

    @cached_property
    def late(self) -> list[str]:
        """The features that arrive at closure."""
        return closure_columns(
            [feature for feature in feature_registry.load_features() if feature.column in self.kinds]
        )

    def predict(self, rows: Sequence[Row], contributions: bool) -> list[dict[str, Any]]:
        """Return {probabilities, predicted, record, prediction_set, contributions, bias} of each row; six digits.

        Features that a row lacks are missing. `record` is the one that the row has, whose thresholds apply to its
        prediction set: closed if a feature that NTSB publishes at closure is known, as in mart.severity_score.
        Contributions and bias, which take most of the time, are in log odds of each class (Lundberg 2017).
        """
        matrix, classes = self._matrix(rows), list(self.predictor.classes)
        predictions: list[dict[str, Any]] = []
        for row, exact in zip(rows, self._probabilities(matrix), strict=True):
            shares, record = exact.round(DIGITS), self._record(row)
            prediction: dict[str, Any] = {"probabilities": dict(zip(classes, shares.tolist(), strict=True))}
            prediction |= {"predicted": classes[exact.argmax()], "record": record}
            limits = self.thresholds.get(record, {})
            predictions.append(prediction | {"prediction_set": prediction_sets(shares[None], limits)[0].split(",")})
        if contributions:
            for prediction, shap in zip(predictions, self._contributions(matrix), strict=True):
                by_feature = [dict(zip(classes, parts, strict=True)) for parts in shap]
                prediction["contributions"] = dict(zip(self.kinds, by_feature, strict=False))
                prediction["bias"] = by_feature[-1]
        return predictions

    def require_same(self) -> None:
        """Raise ValueError unless probabilities are those of the logged model's own code.

        That code takes tables, which for one row takes twenty times as long as the trees do.
        """
        examples = {"number": (1.0, 0.0), "boolean": (True, False)}
        rows: list[Row] = [{}]
        for index in range(2):
            values = {name: (*self.predictor.categories[name], "")[:2] for name in self.codes}
            values |= {name: examples[kind] for name, kind in self.kinds.items() if kind in examples}
            rows.append({name: pair[index] for name, pair in values.items()})
        table = pd.DataFrame([[row.get(name) for name in self.kinds] for row in rows], columns=list(self.kinds))
        logged = self.predictor.predict(None, table.astype(object))[list(self.predictor.classes)]
        if not np.allclose(logged.to_numpy(dtype=float), self._probabilities(self._matrix(rows)), rtol=0, atol=1e-7):
            raise ValueError(f"model {self.version}: expected the probabilities of its own code, found others")

    def _matrix(self, rows: Sequence[Row]) -> xgboost.DMatrix:
        """Return rows encoded as the logged model does."""
        names = list(self.kinds)
        values = np.array([[self._code(name, row.get(name)) for name in names] for row in rows], dtype=float)
        types = ["c" if kind == "category" else "q" for kind in self.kinds.values()]
        options: dict[str, Any] = {"feature_names": names, "feature_types": types}
        return xgboost.DMatrix(values, enable_categorical=True, nthread=1, **options)

    def _code(self, name: str, value: Any) -> float:
        """Return the value of a feature as the model's number: a code for a category, NaN if missing."""
        if value is None:
            return np.nan
        codes = self.codes.get(name)
        # The last category combines those that are rare or unknown.
        return float(value) if codes is None else codes.get(value, len(self.predictor.categories[name]) - 1.0)

    def _probabilities(self, matrix: xgboost.DMatrix) -> Matrix:
        """Return the probability of each class, normalized as the logged model does."""
        scores = self.predictor.booster.predict(matrix).astype(float).reshape(-1, len(self.predictor.classes))
        shares = np.clip(scores / scores.sum(axis=1, keepdims=True), self.predictor.min_probability, None)
        return np.asarray(shares / shares.sum(axis=1, keepdims=True))

    def _contributions(self, matrix: xgboost.DMatrix) -> list[list[list[float]]]:
        """Return the SHAP values: rows x (features and bias) x classes; six digits."""
        values = self.predictor.booster.predict(matrix, pred_contribs=True).astype(float).round(DIGITS)
        by_class = values.reshape(matrix.num_row(), len(self.predictor.classes), len(self.kinds) + 1)
        return list(by_class.transpose(0, 2, 1).tolist())

    def _record(self, row: Row) -> str:
        is_closed = not self.late or any(row.get(name) is not None for name in self.late)
        return CLOSED if is_closed else DAY_7


class ModelSource:
    """The model in use of a registered name."""

    def __init__(self, stores: tuple[str, str | None], name: str) -> None:
        self._stores, self._name = stores, name
        self.current: LoadedModel | None = None
        self._modified: list[int] = []
        self._free = threading.BoundedSemaphore(max(os.cpu_count() or 1, MIN_PREDICTIONS))

    def refresh(self) -> None:
        """Load the champion, or the challenger while there is no champion, if it is another one than the current one.

        Raises TrackingUnavailable.
        """
        uri, root = self._stores
        # A query of MLflow takes so long that requests would notice it.
        modified = modification_times(uri)
        if uri.startswith("sqlite") and modified == self._modified:
            return
        with _mlflow_lock, store_errors(uri):
            if root and self.current is None:
                relocation.relocate(uri, root)
            mlflow = open_store(uri)
            version, alias = _find_version(mlflow.MlflowClient(), self._name)
            if version is None:
                self.current = None
            elif self.current is None or (version.version, alias) != (
                self.current.origin["version"],
                self.current.origin["alias"],
            ):
                location = _location(mlflow, version, root if uri.startswith("sqlite") else None)
                self.current = _load(mlflow, version, alias, location)
                log.info("model %s is in use", self.current.version)
        self._modified = modified

    def predict(
        self, model: LoadedModel, rows: Sequence[Row], contributions: bool, timeout_s: float
    ) -> list[dict[str, Any]]:
        """Return the predictions of a model for rows. Raises TimeoutError."""
        predictions: list[dict[str, Any]] = []
        end = time.monotonic() + timeout_s
        for start in range(0, len(rows), ROWS_AT_ONCE):
            if not self._free.acquire(timeout=max(end - time.monotonic(), 0)):
                raise TimeoutError
            try:
                predictions += model.predict(rows[start : start + ROWS_AT_ONCE], contributions)
            finally:
                self._free.release()
        return predictions


def modification_times(uri: str) -> list[int]:
    """Return when the files of an SQLite database were modified last; empty if there are none, or for a server."""
    path = sqlite_path(uri) if uri.startswith("sqlite") else None
    files = [path, path.with_name(f"{path.name}-wal")] if path else []
    return [file.stat().st_mtime_ns for file in files if file.exists()]


def _find_version(client: Any, name: str) -> tuple[Any | None, str]:
    """Return the model version to use and its alias; None if none is registered, or a leakage warning of it is open."""
    models = client.search_registered_models(filter_string=f"name = '{name}'")
    aliases = models[0].aliases if models else {}
    for alias in (CHAMPION, CHALLENGER):
        if alias in aliases:
            version = client.get_model_version(name, aliases[alias])
            if has_open_warning(client.get_run(version.run_id).data.tags):
                break
            return version, alias
    return None, ""


def _location(mlflow: Any, version: Any, root: str | None) -> str:
    """Return the address of a version's files. Raises ValueError if it is not below `root`, if one is given.

    Loading a model runs its code, and anyone who may write to the registry may register any files.
    """
    location = str(mlflow.MlflowClient().get_model_version_download_uri(version.name, version.version))
    path, allowed = (Path(unquote(urlsplit(address).path)).resolve() for address in (location, root or location))
    if not path.is_relative_to(allowed):
        raise ValueError(
            f"{version.name} {version.version}: expected files in {allowed}, found {path}; "
            "promote a version of this store"
        )
    return location


def _load(mlflow: Any, version: Any, alias: str, location: str) -> LoadedModel:
    """Return a model version with its card and thresholds. Raises ValueError if predictions differ."""
    predictor = mlflow.pyfunc.load_model(location).unwrap_python_model()
    tags = mlflow.MlflowClient().get_run(version.run_id).data.tags
    prediction_time = tags["prediction_time"]
    origin = {
        "name": version.name,
        "version": version.version,
        "alias": alias,
        # As in mart.severity_score.
        "model_version": f"severity-{prediction_time}-{tags['model_digest']}",
        "prediction_time": prediction_time,
        "trained_on_release": tags.get("release", ""),
        "promotion": tags.get("promotion", ""),
    }
    card = mlflow.artifacts.load_text(f"runs:/{version.run_id}/model_card.md")
    thresholds = mlflow.artifacts.load_dict(f"runs:/{version.run_id}/metrics.json").get("thresholds", {})
    tag = f"{version.name}-{version.version}-{alias}-{tags['model_digest']}"
    model = LoadedModel(tag, predictor, origin, card, thresholds)
    model.require_same()
    return model
