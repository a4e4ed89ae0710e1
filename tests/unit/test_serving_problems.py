"""Errors of the HTTP API: the status of each, and nothing of the server in their text."""

import json

import psycopg2
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from pipeline.errors import DatabaseUnavailable
from pipeline.serving.database import Busy, NotPublished
from pipeline.serving.problems import Problem, add_handlers, shown

SECRET = "select secret from nowhere at /tmp/path"


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (Busy(), 503),
        (NotPublished(), 503),
        (DatabaseUnavailable(SECRET), 503),
        (psycopg2.OperationalError(SECRET), 503),
        (psycopg2.InterfaceError(SECRET), 503),
        (psycopg2.errors.QueryCanceled(SECRET), 503),
        (psycopg2.errors.RaiseException(SECRET), 409),
        (Problem(410, "cursor: gone"), 410),
    ],
)
def test_an_error_has_a_status_and_no_text_of_the_server(error: Exception, status: int) -> None:
    app = FastAPI()
    add_handlers(app)

    @app.get("/")
    def fail() -> None:
        raise error

    response = TestClient(app).get("/")
    assert response.status_code == response.json()["status"] == status
    assert response.headers["content-type"] == "application/problem+json"
    assert ("retry-after" in response.headers) == (status == 503)
    assert "secret" not in response.text and "/tmp" not in response.text


def test_long_values_are_cut_off_and_halves_of_characters_are_written() -> None:
    assert len(shown("x" * 1000)) < 70
    assert json.loads(json.dumps({"detail": shown("\ud800")}))["detail"] == "'\\ud800'"
