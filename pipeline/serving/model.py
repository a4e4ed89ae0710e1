"""The registered severity model: the champion's logged model, loaded again when another version becomes champion."""

import logging
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import cached_property
from queue import SimpleQueue
from typing import Any

import numpy as np
import pandas as pd
import xgboost

from models.severity.data import feature_registry
from models.severity.data.records import CLOSED, DAY_7, closure_columns
from models.severity.prediction_sets import prediction_sets
from models.severity.study import DIGITS
from models.severity.tracking import relocation
from models.severity.tracking.model_registry import CHALLENGER, CHAMPION
from models.severity.tracking.store import open_store, sqlite_path, store_errors

log = logging.getLogger(__name__)
Row = Mapping[str, Any]
# Requests that wait while a prediction runs are predicted together: one of many rows takes as long as one of one row.
MAX_BATCH_ROWS = 2000

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
        return f'W/"{self.version}"'

    @cached_property
    def kinds(self) -> dict[str, str]:
        """{feature: number, category or boolean}, in the order of the model's columns."""
        return dict(self.predictor.kinds)

    @cached_property
    def codes(self) -> dict[str, dict[str, float]]:
        """{feature: {category: code}}; NaN for judgments made after the investigation, which are no inputs."""
        return {
            name: {category: float(code) for code, category in enumerate(self.predictor.categories[name])}
            | dict.fromkeys(getattr(self.predictor, "not_inputs", {}).get(name, ()), np.nan)
            for name, kind in self.kinds.items()
            if kind == "category"
        }

    def predict(self, rows: Sequence[Row]) -> list[dict[str, Any]]:
        """Return {probabilities, predicted, record, prediction_set, contributions, bias} of each row; six digits.

        Features that a row lacks are missing. `record` is the one that the row has, whose thresholds apply to its
        prediction set: closed if a feature that NTSB publishes at closure is known, as in mart.severity_score.
        Contributions are in log odds of each class (Lundberg 2017).
        """
        names, classes = list(self.kinds), list(self.predictor.classes)
        values = [[row.get(name) for name in names] for row in rows]
        predicted = self.predictor.predict(None, pd.DataFrame(values, columns=names, dtype=object))
        shares = predicted[classes].to_numpy(dtype=float).round(DIGITS)
        late = closure_columns([one for one in feature_registry.load_features() if one.column in names])
        is_closed = [not late or any(row.get(name) is not None for name in late) for row in rows]
        records = [CLOSED if closed else DAY_7 for closed in is_closed]
        thresholds = [self.thresholds.get(record, {}) for record in records]
        contributions = self._contributions(values).round(DIGITS).tolist()
        return [
            {
                "probabilities": dict(zip(classes, map(float, row), strict=True)),
                "predicted": label,
                "record": record,
                "prediction_set": prediction_sets(row[None], limits)[0].split(","),
                "contributions": {
                    name: dict(zip(classes, parts, strict=True))
                    for name, parts in zip(names, zip(*(by_class[:-1] for by_class in shap), strict=True), strict=True)
                },
                "bias": {name: by_class[-1] for name, by_class in zip(classes, shap, strict=True)},
            }
            for row, label, record, limits, shap in zip(
                shares, predicted["predicted"], records, thresholds, contributions, strict=True
            )
        ]

    def _contributions(self, values: Sequence[Sequence[Any]]) -> np.ndarray[Any, np.dtype[np.float64]]:
        """Return the SHAP values: rows x classes x (features and bias). Encodes as the logged model does."""
        names = list(self.kinds)
        encoded = np.array([list(map(self._code, names, row)) for row in values], dtype=float)
        types = ["c" if kind == "category" else "q" for kind in self.kinds.values()]
        options: dict[str, Any] = {"feature_names": names, "feature_types": types}
        matrix = xgboost.DMatrix(encoded.reshape(-1, len(names)), enable_categorical=True, nthread=1, **options)
        contributions = self.predictor.booster.predict(matrix, pred_contribs=True)
        return contributions.astype(float).reshape(len(values), len(self.predictor.classes), len(names) + 1)

    def _code(self, name: str, value: Any) -> float:
        if value is None:
            return np.nan
        codes = self.codes.get(name)
        # The last category combines those that are rare or unknown.
        return float(value) if codes is None else codes.get(value, len(self.predictor.categories[name]) - 1.0)


class ModelSource:
    """The model in use of a registered name, and a thread that predicts for all requests."""

    def __init__(self, stores: tuple[str, str | None], name: str) -> None:
        self._stores, self._name = stores, name
        self.current: LoadedModel | None = None
        self._queue: SimpleQueue[tuple[LoadedModel, Sequence[Row], Future[Any]] | None] = SimpleQueue()
        threading.Thread(target=self._work, daemon=True, name="predictions").start()

    def refresh(self) -> None:
        """Load the champion, or the challenger while there is no champion, if it is another one than the current one.

        Raises TrackingUnavailable.
        """
        uri, root = self._stores
        if uri.startswith("sqlite") and not sqlite_path(uri).exists():
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
                self.current = _load(mlflow, version, alias)
                log.info("model %s is in use", self.current.version)

    def predict(self, model: LoadedModel, rows: Sequence[Row], timeout_s: float) -> list[dict[str, Any]]:
        """Return the predictions of a model for rows, together with other requests. Raises TimeoutError."""
        future: Future[list[dict[str, Any]]] = Future()
        self._queue.put((model, rows, future))
        return future.result(timeout=timeout_s)

    def _work(self) -> None:
        while (first := self._queue.get()) is not None:
            batch, count = [first], len(first[1])
            while count < MAX_BATCH_ROWS and not self._queue.empty():
                if (item := self._queue.get()) is None:
                    return
                batch.append(item)
                count += len(item[1])
            for model in {id(model): model for model, _, _ in batch}.values():
                _predict_together(model, [(rows, future) for other, rows, future in batch if other is model])

    def close(self) -> None:
        """End the thread."""
        self._queue.put(None)


def _predict_together(model: LoadedModel, requests: Sequence[tuple[Sequence[Row], Future[Any]]]) -> None:
    try:
        predictions = model.predict([row for rows, _ in requests for row in rows])
    except Exception as error:
        for _, future in requests:
            future.set_exception(error)
        return
    for rows, future in requests:
        future.set_result(predictions[: len(rows)])
        predictions = predictions[len(rows) :]


def _find_version(client: Any, name: str) -> tuple[Any | None, str]:
    """Return the model version to use and its alias; None if none is registered."""
    models = client.search_registered_models(filter_string=f"name = '{name}'")
    aliases = models[0].aliases if models else {}
    for alias in (CHAMPION, CHALLENGER):
        if alias in aliases:
            return client.get_model_version(name, aliases[alias]), alias
    return None, ""


def _load(mlflow: Any, version: Any, alias: str) -> LoadedModel:
    predictor = mlflow.pyfunc.load_model(f"models:/{version.name}/{version.version}").unwrap_python_model()
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
    return LoadedModel(tag, predictor, origin, card, thresholds)
