"""Log a boosted model to MLflow as a package that scores raw rows without this project (registered_model.py)."""

import json
import tempfile
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

from models.severity.data.feature_registry import load_features
from models.severity.data.population import CLASSES
from models.severity.estimators.base import MIN_PROBABILITY
from models.severity.estimators.xgboost_multiclass import BoostedModel
from models.severity.evaluation.bootstrap import DECISION_RULE
from models.severity.study import Study

CODE = Path(__file__).with_name("registered_model.py")
LIBRARIES = ("mlflow", "numpy", "pandas", "xgboost")


def log_model(mlflow: Any, study: Study, model: BoostedModel, name: str = "model") -> Any:
    """Log a model of the study to the active run under a name, and return MLflow's information about it."""
    features = model.encoder.names
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        (folder / "encoding.json").write_text(json.dumps(_encoding(model), indent=1), encoding="utf-8")
        (folder / "model.ubj").write_bytes(bytes(model.booster.save_raw("ubj")))
        return mlflow.pyfunc.log_model(
            name=name,
            python_model=str(CODE),
            artifacts={"encoding": str(folder / "encoding.json"), "trees": str(folder / "model.ubj")},
            signature=_signature(features),
            input_example=study.example[features],
            pip_requirements=list(requirements()),
            metadata={"decision_rule": DECISION_RULE, "prediction_time": study.settings.prediction_time},
        )


@cache
def requirements() -> tuple[str, ...]:
    """Return the pinned distributions that the model needs, as installed here (`xgboost` may be `xgboost-cpu`).

    MLflow would infer them in a subprocess that asks a package index.
    """
    distributions = metadata.packages_distributions()
    names = [min(distributions[library], key=lambda name: (name != library, name)) for library in LIBRARIES]
    return tuple(f"{name}=={metadata.version(name)}" for name in names)


def _encoding(model: BoostedModel) -> dict[str, Any]:
    """Return what registered_model.py reads: kinds of the features in order, categories and classes."""
    kinds = {feature.column: feature.kind for feature in model.encoder.features}
    values = {"kinds": kinds, "categories": model.encoder.categories, "classes": list(CLASSES)}
    return values | {"min_probability": MIN_PROBABILITY, "not_inputs": _not_inputs()}


def _not_inputs() -> dict[str, list[str]]:
    """Return {feature: values that are judgments made after the investigation}."""
    return {feature.column: list(feature.not_inputs) for feature in load_features() if feature.not_inputs}


def _signature(features: list[str]) -> Any:
    """Return the signature: every feature is required, outputs are the class probabilities and the predicted class.

    The input types are open, because MLflow converts neither 64-bit integers nor columns without any value to numbers;
    the model itself rejects values of another kind.
    """
    from mlflow.models import ModelSignature
    from mlflow.types import ColSpec, Schema
    from mlflow.types.schema import AnyType

    inputs = Schema([ColSpec(AnyType(), name) for name in features])
    outputs = [ColSpec("double", name) for name in CLASSES] + [ColSpec("string", "predicted")]
    return ModelSignature(inputs=inputs, outputs=Schema(outputs))
