"""Errors as application/problem+json (RFC 9457), without SQL, paths or versions."""

import json
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

import psycopg2
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from pipeline.errors import DatabaseUnavailable
from pipeline.serving.database import Busy, NotPublished

MEDIA_TYPE = "application/problem+json"
MAX_SHOWN = 60
RETRY_S = 1


class Problem(Exception):
    """An error of the client, or a temporary one of the server; `errors`: one text per mistake."""

    def __init__(
        self, status: int, detail: str, errors: Sequence[str] = (), headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(detail)
        self.status, self.detail, self.errors = status, detail, list(errors)
        self.headers = dict(headers or ({"Retry-After": str(RETRY_S)} if status == 503 else {}))


def problem_response(problem: Problem) -> Response:
    """Return the response of a problem."""
    content: dict[str, Any] = {"title": HTTPStatus(problem.status).phrase, "status": problem.status}
    content["detail"] = problem.detail
    if problem.errors:
        content["errors"] = problem.errors
    headers = {"Cache-Control": "no-store"} | problem.headers
    # ASCII, because a request may contain half of a surrogate pair.
    return Response(json.dumps(content), problem.status, headers, MEDIA_TYPE)


def shown(value: Any) -> str:
    """Return a value of a request for a message: at most 60 characters."""
    text = repr(value)
    return text if len(text) <= MAX_SHOWN else f"{text[:MAX_SHOWN]}..."


def _invalid_request(error: RequestValidationError) -> Problem:
    errors = [
        f"{'.'.join(map(str, item['loc'][1:])) or item['loc'][0]}: {item['msg']}, found {shown(item.get('input'))}"
        for item in error.errors()[:100]
    ]
    return Problem(
        422, f"request: expected valid parameters, found {len(error.errors())} mistakes; correct them", errors
    )


def overloaded() -> Problem:
    """Return the problem of a server that has too much to do."""
    return Problem(503, "server: expected a free connection, found none; repeat the request later")


def unavailable(error: Exception) -> Problem:
    """Return the problem of a temporary error of the database."""
    if isinstance(error, Busy):
        return overloaded()
    if isinstance(error, NotPublished):
        return Problem(503, "server: expected a published release, found none; publish one")
    if isinstance(error, psycopg2.errors.QueryCanceled):
        return Problem(503, "query: expected a shorter one, found the time limit exceeded; add a filter")
    return Problem(503, "server: expected a database that answers, found none; repeat the request later")


def add_handlers(app: FastAPI) -> None:
    """Let the application answer every error with a problem."""

    async def client_error(_: Request, error: Any) -> Response:
        return problem_response(error)

    async def http_error(_: Request, error: Any) -> Response:
        return problem_response(Problem(error.status_code, str(error.detail), headers=error.headers))

    async def invalid(_: Request, error: Any) -> Response:
        return problem_response(_invalid_request(error))

    async def no_history(_: Request, error: Exception) -> Response:
        detail = "release: expected every change since it in the history, found a gap; choose a later release"
        return problem_response(Problem(409, detail))

    async def no_database(_: Request, error: Exception) -> Response:
        return problem_response(unavailable(error))

    app.add_exception_handler(Problem, client_error)
    app.add_exception_handler(HTTPException, http_error)
    app.add_exception_handler(RequestValidationError, invalid)
    # Raised by the functions of the schema history.
    app.add_exception_handler(psycopg2.errors.RaiseException, no_history)
    for kind in (Busy, NotPublished, DatabaseUnavailable, psycopg2.OperationalError, psycopg2.InterfaceError):
        app.add_exception_handler(kind, no_database)
