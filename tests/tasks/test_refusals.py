"""Luigi retries temporary errors of the source location only."""

# Fixtures are imported by name, and named again as arguments.

from collections.abc import Iterator
from pathlib import Path

import pytest
from luigi.configuration import get_config

from pipeline.errors import SourceUnreachable
from pipeline.tasks.sources import CheckSource, CreateSnapshot
from tests.loopback import Loopback, Served
from tests.sourcing import error_of, run, server, store, zipped  # noqa: F401  Pytest finds fixtures by name.


@pytest.fixture
def retries(store: Path) -> Iterator[None]:
    """Three attempts by Luigi, without delay."""
    config = get_config()
    for section, key, value in (
        ("scheduler", "retry_count", "3"),
        ("scheduler", "retry_delay", "0"),
        ("worker", "keep_alive", "true"),
    ):
        config.set(section, key, value)
    yield
    config.remove_option("scheduler", "retry_delay")


@pytest.mark.parametrize(
    ("served", "sentence"),
    [(None, "there is none"), (Served(b"", status=403), "refuses it"), (Served(b"<!DOCTYPE html>"), "a web page")],
    ids=["404", "403", "html"],
)
def test_permanent_errors_are_not_retried(
    retries: None, server: Loopback, served: Served | None, sentence: str
) -> None:
    server.files.pop("avall.zip")
    if served:
        server.files["avall.zip"] = served
    assert sentence in error_of(run(CreateSnapshot()))


def test_temporary_errors_are_retried(retries: None, server: Loopback) -> None:
    server.files["avall.zip"] = Served(b"", status=503)
    result = run(CheckSource(source="avall"))
    assert [type(error) for error in result.errors] == [SourceUnreachable] * 3
    server.files["avall.zip"] = Served(zipped("avall.mdb"), status=503, troubles=4)
    result = run(CheckSource(source="avall"))
    assert (len(result.errors), result.done) == (1, ["CheckSource"])
