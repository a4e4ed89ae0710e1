"""Fixtures of a study that is logged to a SQLite store whose path contains a space; each module has its own."""

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
import studies
from severity_frame import feature_table
from tracking_store import TAGS, TrackingStore

from models.severity.study import Study
from models.severity.tracking import store as tracking

NewStore = Callable[..., TrackingStore]


@pytest.fixture(scope="session")
def new_store(tmp_path_factory: pytest.TempPathFactory) -> NewStore:
    """A function that returns a store without runs, in a given folder or a new one.

    Its database is a copy: MLflow takes seconds to create one.
    """
    empty = tmp_path_factory.mktemp("empty")
    tracking.open_store(tracking.store_addresses("", empty)[0]).MlflowClient().search_experiments()

    def create(folder: Path | None = None) -> TrackingStore:
        folder = folder or tmp_path_factory.mktemp("a store")
        folder.mkdir(parents=True, exist_ok=True)
        databases = [sqlite3.connect(parent / "mlflow.db") for parent in (empty, folder)]
        databases[0].backup(databases[1])
        for database in databases:
            database.close()
        return TrackingStore(tracking.store_addresses("", folder), tmp_path_factory.mktemp("files"))

    return create


@pytest.fixture(scope="module")
def store(new_store: NewStore) -> TrackingStore:
    return new_store()


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    return feature_table(studies.EVENTS)


@pytest.fixture(scope="module")
def study() -> Study:
    return studies.standard_study()


@pytest.fixture(scope="module")
def run_id(store: TrackingStore, study: Study, frame: pd.DataFrame) -> str:
    assert not tracking.is_logged(store.uri, TAGS["fingerprint"])
    return store.log(study, frame)
