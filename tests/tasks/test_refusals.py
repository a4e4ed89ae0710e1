"""Which failures of the steps that ask a place Luigi tries again: only those that time may mend."""

# Fixtures are imported by name, and named again as arguments.

from collections.abc import Iterator
from pathlib import Path

import pytest
from luigi.configuration import get_config

from pipeline.errors import SourceUnreachable
from pipeline.tasks.sources import CheckSource, CreateSnapshot
from tests.loopback import Loopback, Served
from tests.sourcing import error_of, run, server, store, zip_bytes  # noqa: F401  Pytest finds fixtures by name.


@pytest.fixture
def patient(store: Path) -> Iterator[None]:
    """Luigi's own retries, at once."""
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
    [
        (None, "the server has none"),
        (Served(b"", status=403), "refuses access"),
        (Served(b"<!DOCTYPE html>"), "a web page"),
    ],
    ids=["404", "403", "html"],
)
def test_what_asking_again_does_not_mend_is_not_tried_again(
    patient: None, server: Loopback, served: Served | None, sentence: str
) -> None:
    server.files.pop("avall.zip")
    if served:
        server.files["avall.zip"] = served
    assert sentence in error_of(run(CreateSnapshot()))


def test_what_time_may_mend_is_tried_again(patient: None, server: Loopback) -> None:
    server.files["avall.zip"] = Served(b"", status=503)
    told = run(CheckSource(source="avall"))
    assert [type(error) for error in told.errors] == [SourceUnreachable] * 3
    server.files["avall.zip"] = Served(zip_bytes("avall.mdb"), status=503, faults=4)
    told = run(CheckSource(source="avall"))
    assert (len(told.errors), told.done) == (1, ["CheckSource"])
