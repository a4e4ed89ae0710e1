"""Descriptions of responses for the OpenAPI document, with examples."""

from typing import Any

PROBLEM_EXAMPLE = {
    "title": "Unprocessable Content",
    "status": 422,
    "detail": "request: expected valid parameters, found 1 mistakes; correct them",
    "errors": ["year: Input should be less than or equal to 2200, found '9999'"],
}
PROBLEM_SCHEMA = {
    "type": "object",
    "required": ["title", "status", "detail"],
    "properties": {
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "errors": {"type": "array", "items": {"type": "string"}},
    },
}
EVENT_EXAMPLE = {
    "ev_id": "20190601X12345",
    "ev_date": "2019-06-01",
    "ev_state": "AK",
    "ev_highest_injury": "NONE",
    "source_file": "up01NOV",
    "source_row": 17,
}
LIST_EXAMPLE = {"release": "0123456789ab", "snapshot": "0123456789abcdef", "next_cursor": None, "data": [EVENT_EXAMPLE]}
ROW_EXAMPLE = {"release": "0123456789ab", "snapshot": "0123456789abcdef"}
ROW_SCHEMA = {
    "type": "object",
    "required": ["release", "snapshot"],
    "properties": {"release": {"type": "string", "pattern": "^[0-9a-f]{12}$"}, "snapshot": {"type": "string"}},
}
TEXT = {"schema": {"type": "string"}}
BINARY = {"schema": {"type": "string", "format": "binary"}}


def _problem(description: str) -> dict[str, Any]:
    content = {"application/problem+json": {"schema": PROBLEM_SCHEMA, "example": PROBLEM_EXAMPLE}}
    return {"description": description, "content": content}


PROBLEMS: dict[int | str, dict[str, Any]] = {
    304: {"description": "The release named in If-None-Match is current"},
    400: _problem("The body is not JSON"),
    401: _problem("No valid API key"),
    404: _problem("No such event, release, field, relation or view"),
    406: _problem("The format is not available"),
    408: _problem("The body did not arrive in time"),
    409: _problem("The history does not reach back to the release"),
    410: _problem("The cursor belongs to another release"),
    413: _problem("The body is too large"),
    422: _problem("Invalid parameters; all mistakes are listed"),
    429: _problem("Too many requests; repeat after the seconds in Retry-After"),
    503: _problem("Overload, or no database; repeat after the seconds in Retry-After"),
}


def _success(content: dict[str, Any]) -> dict[int | str, dict[str, Any]]:
    return {200: {"description": "Success", "content": content}, **PROBLEMS}


ROW_RESPONSES = _success({"application/json": {"schema": ROW_SCHEMA, "example": ROW_EXAMPLE}})
LIST_RESPONSES = _success(
    {
        "application/json": {"schema": ROW_SCHEMA, "example": LIST_EXAMPLE},
        "application/geo+json": {"schema": ROW_SCHEMA},
        "text/csv": TEXT,
        "application/vnd.apache.parquet": BINARY,
    }
)
MODEL_SCHEMA = {"type": "object", "required": ["model"], "properties": {"model": {"type": "object"}}}
MODEL_EXAMPLE = {
    "model": {"name": "severity", "version": "1", "alias": "champion", "model_version": "severity-T1-0123456789abcdef"},
    "predictions": [
        {
            "probabilities": {"NONE": 0.61, "MINR": 0.19, "SERS": 0.11, "FATL": 0.09},
            "predicted": "NONE",
            "record": "closed",
            "prediction_set": ["NONE", "MINR", "SERS"],
        }
    ],
}
MODEL_RESPONSES = _success({"application/json": {"schema": MODEL_SCHEMA, "example": MODEL_EXAMPLE}})
