"""The registered severity model: the champion's logged model, loaded again when another version becomes champion."""

import logging
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from queue import SimpleQueue
from typing import Any

import numpy as np
import pandas as pd
import xgboost

from models.severity.study import DIGITS
from models.severity.tracking import relocation
from models.severity.tracking.model_registry import CHALLENGER, CHAMPION
from models.severity.tracking.store import open_store, sqlite_path, store_errors

log = logging.getLogger(__name__)
Row = Mapping[str, Any]
# Requests that wait while a prediction runs are predicted together: one of many rows takes as long as one of one row.
MAX_BATCH_ROWS = 2000
# Sum of probabilities that a prediction set reaches.
SET_PROBABILITY = 0.9

# MLflow keeps the address of its store per process.
_mlflow_lock = threading.Lock()


@dataclass(frozen=True)
class LoadedModel:
    """A model version: `predictor` is the logged model, `origin` what a response says about it, `card` Markdown."""

    version: str
    predictor: Any = field(repr=False)
    origin: Mapping[str, Any]
    card: str = field(repr=False)

    @property
    def tag(self) -> str:
        """The ETag of responses of this model."""
        return f'W/"{self.version}"'

    @property
    def kinds(self) -> Mapping[str, str]:
        """{feature: number, category or boolean}, in the order of the model's columns."""
        return dict(self.predictor.kinds)

    def predict(self, rows: Sequence[Row]) -> list[dict[str, Any]]:
        """Return {probabilities, predicted, prediction_set, contributions, bias} of each row; rounded to six digits.

        Features that a row lacks are missing. Contributions are in log odds of each class (Lundberg 2017).
        """
        frame = pd.DataFrame({name: pd.Series([row.get(name) for row in rows], dtype=object) for name in self.kinds})
        shares = self.predictor.predict(None, frame)
        classes = self.predictor.classes
        contributions = self._contributions(rows).round(DIGITS)
        return [
            {
                "probabilities": dict(
                    zip(classes, shares.loc[index, classes].astype(float).round(DIGITS), strict=True)
                ),
                "predicted": shares.loc[index, "predicted"],
                "prediction_set": prediction_set(dict(shares.loc[index, classes])),
                "contributions": {
                    feature: dict(zip(classes, contributions[index, :, column].tolist(), strict=True))
                    for column, feature in enumerate(self.kinds)
                },
                "bias": dict(zip(classes, contributions[index, :, -1].tolist(), strict=True)),
            }
            for index in range(len(rows))
        ]

    def _contributions(self, rows: Sequence[Row]) -> np.ndarray[Any, np.dtype[np.float64]]:
        """Return the SHAP values: rows x classes x (features and bias). Encodes as the logged model does."""
        values = np.array([[self._code(name, row.get(name)) for name in self.kinds] for row in rows], dtype=float)
        types = ["c" if kind == "category" else "q" for kind in self.kinds.values()]
        options: dict[str, Any] = {"feature_names": list(self.kinds), "feature_types": types}
        matrix = xgboost.DMatrix(values.reshape(len(rows), len(types)), enable_categorical=True, nthread=1, **options)
        contributions = self.predictor.booster.predict(matrix, pred_contribs=True)
        return contributions.astype(float).reshape(len(rows), len(self.predictor.classes), len(types) + 1)

    def _code(self, name: str, value: Any) -> float:
        if value is None or self.kinds[name] != "category":
            return np.nan if value is None else float(value)
        categories = self.predictor.categories[name]
        # The last category combines all that are rare or unknown.
        return float(categories.index(value) if value in categories else len(categories) - 1)


def prediction_set(probabilities: Mapping[str, float]) -> list[str]:
    """Return the most likely classes whose probabilities sum to 0.9 or more, the most likely first."""
    ordered, total, chosen = sorted(probabilities.items(), key=lambda item: -item[1]), 0.0, []
    for name, share in ordered:
        chosen.append(name)
        total += share
        if total >= SET_PROBABILITY:
            break
    return chosen


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
    return LoadedModel(f"{version.name}-{version.version}-{alias}-{tags['model_digest']}", predictor, origin, card)
