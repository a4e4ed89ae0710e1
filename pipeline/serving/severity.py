"""Routes of the severity model: predictions for raw rows of features, and the model card."""

from collections.abc import Callable, Iterator, Mapping
from math import isfinite
from typing import Annotated, Any

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from models.severity.data import feature_registry
from models.severity.data.feature_registry import Feature
from pipeline.serving.formats import MEDIA_TYPES, to_json
from pipeline.serving.model import LoadedModel, ModelSource
from pipeline.serving.openapi import model_responses
from pipeline.serving.problems import Problem, shown

MAX_ROWS = 1000
MAX_PROBLEMS = 200
TIMEOUT_S = 10.0
MAX_TEXT = 200
EXPECTED = {"category": "text", "boolean": "true or false"}
# {unit of a number: smallest and largest value}
BOUNDS = {
    "1-12": (1, 12),
    "1-7": (1, 7),
    "0-24": (0, 24),
    "degrees north": (-90, 90),
    "degrees east": (-180, 180),
    "degrees": (-90, 90),
    "degrees Celsius": (-90, 70),
    "statute miles": (0, 100),
    "nautical miles": (0, 10_000),
    "ft": (0, 100_000),
    "kts": (0, 500),
    "count": (0, 10_000),
    "lb": (0, 5_000_000),
    "years": (0, 150),
    "days": (0, 100_000),
    "hours": (0, 200_000),
}
# Bounds for other units: within the range of single precision, in which models compute.
ANY_NUMBER = (-1e30, 1e30)
SET_NOTE = "class-conditional conformal set; the model card has the share of accidents whose class it contains"


def row_schema() -> dict[str, Any]:
    """Return the JSON schema of a row for a model at first notification: its features, each of which may be missing."""
    features = feature_registry.features_at("T1")
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": {feature.column: _property(feature) for feature in features},
        "example": {"month": 7, "state": "AK", "light_cond": "DAYL", "make": "CESSNA", "num_eng": 1, "wind_kts": 12},
    }


def _property(feature: Feature) -> dict[str, Any]:
    """Return the JSON schema of a feature."""
    kind: dict[str, Any] = {"type": [{"category": "string"}.get(feature.kind, feature.kind), "null"]}
    if feature.kind == "number":
        kind["minimum"], kind["maximum"] = BOUNDS.get(feature.unit, ANY_NUMBER)
    elif feature.kind == "category":
        kind["maxLength"] = MAX_TEXT
    return kind | {"description": f"{feature.meaning} Unit: {feature.unit}. Missing: {feature.missing}."}


class SeverityRequest(BaseModel):
    """Rows of features as in event_features; a feature that a row lacks is missing."""

    model_config = ConfigDict(extra="forbid")

    rows: Annotated[
        list[dict[str, Any]],
        Field(min_length=1, max_length=MAX_ROWS, json_schema_extra={"items": row_schema()}),
    ]
    contributions: Annotated[bool, Field(strict=True, description="Whether contributions are returned.")] = True


def row_problems(rows: list[dict[str, Any]], kinds: Mapping[str, str], prediction_time: str) -> Iterator[str]:
    """Yield every mistake in the rows: unknown features, those known too late, other types, values out of bounds."""
    features = {feature.column: feature for feature in feature_registry.load_features()}
    for index, row in enumerate(rows):
        for name, value in row.items():
            label = f"rows.{index}.{shown(name)[1:-1]}"
            if name not in kinds:
                yield f"{label}: expected a feature known at {prediction_time}, found {_why_not(name, prediction_time)}"
            elif problem := value_problem(value, features[name]):
                yield f"{label}: expected {problem}, found {shown(value)}"


def _why_not(name: str, prediction_time: str) -> str:
    """Return why a model at this prediction time does not use the feature."""
    try:
        feature_registry.require_features([name], prediction_time)
    except feature_registry.FeatureNotAvailable as error:
        return str(error).partition("found ")[2].partition("; remove")[0][:300]
    return f"{name}, which this version does not use"


def value_problem(value: Any, feature: Feature) -> str:
    """Return what the feature expects if the value is something else; empty if it is valid or missing."""
    if value is None:
        return ""
    if feature.kind == "boolean":
        return "" if isinstance(value, bool) else EXPECTED["boolean"]
    if feature.kind == "category":
        is_valid = isinstance(value, str) and len(value) <= MAX_TEXT
        return "" if is_valid else f"text of at most {MAX_TEXT} characters"
    low, high = BOUNDS.get(feature.unit, ANY_NUMBER)
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    is_valid = is_number and (isinstance(value, int) or isfinite(value)) and low <= value <= high
    return "" if is_valid else f"a number from {low} to {high}"


def router(models: ModelSource, busy: Callable[[], Problem]) -> APIRouter:
    """Return the routes of the severity model."""
    routes = APIRouter(prefix="/v1/severity", tags=["model"])

    @routes.post("", summary="Predict the severity of accidents", responses=model_responses(""))
    def predict(request: SeverityRequest) -> Response:
        model = _model_in_use(models)
        problems = list(row_problems(request.rows, model.kinds, model.origin["prediction_time"]))
        if problems:
            detail = f"rows: expected valid features, found {len(problems)} mistakes; correct them"
            raise Problem(422, detail, problems[:MAX_PROBLEMS])
        try:
            predictions = models.predict(model, request.rows, request.contributions, TIMEOUT_S)
        except TimeoutError:
            raise busy() from None
        return _model_response(model, {"prediction_set": SET_NOTE, "predictions": predictions})

    _add_card(routes, models)
    return routes


def _add_card(routes: APIRouter, models: ModelSource) -> None:
    @routes.get("/model", summary="The model card", responses=model_responses("/model"))
    def card() -> Response:
        model = _model_in_use(models)
        features = {feature.column: feature for feature in feature_registry.load_features()}
        listed = [
            {"column": name, "kind": kind, "known": features[name].known, "unit": features[name].unit}
            | {"meaning": features[name].meaning, "missing": features[name].missing}
            for name, kind in model.kinds.items()
        ]
        return _model_response(model, {"classes": model.predictor.classes, "features": listed, "card": model.card})


def _model_in_use(models: ModelSource) -> LoadedModel:
    if models.current is None:
        expected = "a registered version without an open leakage warning"
        raise Problem(503, f"model: expected {expected}, found none; train one and repeat the request")
    return models.current


def _model_response(model: LoadedModel, content: Mapping[str, Any]) -> Response:
    headers = {"ETag": model.tag, "Cache-Control": "no-cache"}
    return Response(to_json({"model": model.origin, **content}), 200, headers, MEDIA_TYPES["json"])
