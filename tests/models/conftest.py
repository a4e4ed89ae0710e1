"""Fixtures of a study that is logged to a SQLite store whose path contains a space; each module has its own."""

import pandas as pd
import pytest
from severity_frame import feature_table
from tracking_store import SETTINGS, TAGS, TrackingStore

from models.severity.study import Study, run_study
from models.severity.tracking import store as tracking


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> TrackingStore:
    addresses = tracking.store_addresses("", tmp_path_factory.mktemp("a store"))
    return TrackingStore(addresses, tmp_path_factory.mktemp("files"))


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    # Enough fatal events in each partition to evaluate every leakage check.
    return feature_table(1500)


@pytest.fixture(scope="module")
def study(frame: pd.DataFrame) -> Study:
    return run_study(frame, SETTINGS)


@pytest.fixture(scope="module")
def run_id(store: TrackingStore, study: Study, frame: pd.DataFrame) -> str:
    assert not tracking.is_logged(store.uri, TAGS["fingerprint"])
    return store.log(study, frame)
