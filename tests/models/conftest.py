"""A study that is logged in a real SQLite store whose path has a blank; each module has its own."""

import pandas as pd
import pytest
from logbook import SETTINGS, TAGS, Logbook
from severity_frame import feature_table

from models.severity.study import Study, run_study
from models.severity.tracking import run_lookup


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str | None]:
    return run_lookup.store_addresses("", tmp_path_factory.mktemp("a store"))


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    return feature_table(400)


@pytest.fixture(scope="module")
def study(frame: pd.DataFrame) -> Study:
    return run_study(frame, SETTINGS)


@pytest.fixture(scope="module")
def book(store: tuple[str, str | None], tmp_path_factory: pytest.TempPathFactory) -> Logbook:
    return Logbook(store, tmp_path_factory.mktemp("files"))


@pytest.fixture(scope="module")
def run_id(book: Logbook, study: Study, frame: pd.DataFrame) -> str:
    assert not run_lookup.is_logged(book.store[0], TAGS["fingerprint"])
    return book.log(study, frame)
