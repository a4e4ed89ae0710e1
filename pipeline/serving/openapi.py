"""Descriptions of responses for the OpenAPI document, with examples."""

import json
from pathlib import Path
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
# {path: content of a response to it, in which lists and tables have one row and some of its columns}
EXAMPLES = json.loads(Path(__file__).with_name("examples.json").read_text(encoding="utf-8"))
ORIGIN = {"release": "0123456789ab", "snapshot": "0123456789abcdef"}
ROW_SCHEMA = {
    "type": "object",
    "required": ["release", "snapshot"],
    "properties": {"release": {"type": "string", "pattern": "^[0-9a-f]{12}$"}, "snapshot": {"type": "string"}},
}
MODEL_SCHEMA = {"type": "object", "required": ["model"], "properties": {"model": {"type": "object"}}}
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


def row_responses(path: str) -> dict[int | str, dict[str, Any]]:
    """Return the responses of a path under /v1 that answers in JSON."""
    return _success({"application/json": {"schema": ROW_SCHEMA, "example": ORIGIN | EXAMPLES[f"/v1{path}"]}})


def list_responses(path: str) -> dict[int | str, dict[str, Any]]:
    """Return the responses of a list under /v1, in all formats."""
    return _success(
        {
            "application/json": {"schema": ROW_SCHEMA, "example": ORIGIN | EXAMPLES[f"/v1{path}"]},
            "application/geo+json": {"schema": ROW_SCHEMA},
            "text/csv": TEXT,
            "application/vnd.apache.parquet": BINARY,
        }
    )


def model_responses(path: str) -> dict[int | str, dict[str, Any]]:
    """Return the responses of a path of the model."""
    return _success({"application/json": {"schema": MODEL_SCHEMA, "example": EXAMPLES[f"/v1/severity{path}"]}})
