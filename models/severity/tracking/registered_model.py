"""The model that MLflow registers: raw rows of the feature table in, class probabilities out.

MLflow stores this file with the model and runs it where the model is loaded, so it imports nothing from this project.
It repeats the encoding of data/encoding.py and the normalization of estimators/base.py; a test compares the results.
"""

import json
from pathlib import Path
from typing import Any

import mlflow
import numpy as np
import pandas as pd
import xgboost

TYPES = {"number": (int, float, np.number), "category": (str,), "boolean": (bool, np.bool_)}
EXPECTED = {"number": "finite numbers", "category": "text", "boolean": "true and false"}


class SeverityModel(mlflow.pyfunc.PythonModel):
    """Encodes raw rows, predicts with XGBoost and applies the decision rule argmax."""

    def load_context(self, context: Any) -> None:
        """Load the trees, and the features with their kinds, categories and classes."""
        encoding = json.loads(Path(context.artifacts["encoding"]).read_text(encoding="utf-8"))
        self.kinds: dict[str, str] = encoding["kinds"]
        self.categories: dict[str, list[str]] = encoding["categories"]
        self.not_inputs: dict[str, list[str]] = encoding["not_inputs"]
        self.classes: list[str] = encoding["classes"]
        self.min_probability: float = encoding["min_probability"]
        self.booster = xgboost.Booster({"nthread": 1})
        self.booster.load_model(context.artifacts["trees"])

    def predict(self, context: Any, model_input: pd.DataFrame, params: dict[str, Any] | None = None) -> pd.DataFrame:
        """Return a row per row of `model_input`, with its index: the probability of each class, which sum to 1, and
        `predicted`, the most likely class.

        `model_input` has the features in the types of the feature table; further columns are ignored. A missing value
        is None or NaN. Raises ValueError listing every column with values of another kind.
        """
        problems = [problem for name in self.kinds if (problem := self._problem(name, model_input[name]))]
        if problems:
            raise ValueError(f"model input: {'; '.join(problems)}; pass rows of event_features")
        encoded = pd.DataFrame({name: self._encode(name, model_input[name]) for name in self.kinds}, dtype=float)
        types = ["c" if kind == "category" else "q" for kind in self.kinds.values()]
        options: dict[str, Any] = {"feature_names": list(self.kinds), "feature_types": types}
        matrix = xgboost.DMatrix(encoded.to_numpy(), enable_categorical=True, nthread=1, **options)
        scores = self.booster.predict(matrix).astype(float).reshape(len(encoded), len(self.classes))
        shares = np.clip(scores / scores.sum(axis=1, keepdims=True), self.min_probability, None)
        shares /= shares.sum(axis=1, keepdims=True)
        result = pd.DataFrame(shares, columns=self.classes, index=model_input.index)
        return result.assign(predicted=np.array(self.classes, dtype=object)[shares.argmax(axis=1)])

    def _problem(self, name: str, values: pd.Series) -> str:
        """Return a description of the first value that is not of the feature's kind; empty if all are."""
        kind = self.kinds[name]
        for value in values.dropna():
            is_valid = isinstance(value, TYPES[kind]) and (kind == "boolean" or not isinstance(value, (bool, np.bool_)))
            if not is_valid or (kind == "number" and not np.isfinite(value)):
                return f"{name}: expected {EXPECTED[kind]}, found {value!r}"
        return ""

    def _encode(self, name: str, values: pd.Series) -> np.ndarray[Any, np.dtype[np.float64]]:
        """Return numbers and booleans as floats, categories as codes (the last one if unknown).

        NaN if missing, or a judgment made after the investigation.
        """
        if self.kinds[name] != "category":
            return values.astype(object).where(values.notna(), np.nan).to_numpy(dtype=float)
        categories = self.categories[name]
        codes = {category: float(code) for code, category in enumerate(categories)}
        codes |= dict.fromkeys(self.not_inputs.get(name, []), np.nan)
        unknown = float(len(categories) - 1)
        return np.array([np.nan if pd.isna(value) else codes.get(value, unknown) for value in values])


mlflow.models.set_model(SeverityModel())
