"""Finding logged studies in a SQLite store whose path contains a space."""

import json
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from tracking_store import TAGS, TrackingStore

from models.severity.study import Study
from models.severity.tracking import store as tracking


@pytest.fixture(autouse=True)
def tracking_uri(store: TrackingStore) -> None:
    """Every test ends with the default address."""
    import mlflow

    mlflow.set_tracking_uri(store.uri)


def test_a_logged_study_is_not_logged_again(
    store: TrackingStore, study: Study, frame: pd.DataFrame, run_id: str
) -> None:
    import mlflow

    before = len(mlflow.search_runs(search_all_experiments=True))
    assert tracking.is_logged(store.uri, TAGS["fingerprint"])
    assert not tracking.is_logged(store.uri, "another fingerprint")
    assert store.log(study, frame) == run_id
    assert len(store.decisions()) == 1
    assert len(mlflow.search_runs(search_all_experiments=True)) == before == len(study.metrics) + len(study.fatal)


def test_a_run_whose_artifacts_are_gone_is_not_logged(
    store: TrackingStore, study: Study, frame: pd.DataFrame, run_id: str
) -> None:
    import mlflow

    client = mlflow.MlflowClient(store.uri)
    lost = client.get_run(store.log(study, frame, fingerprint="lost"))
    folder = Path(mlflow.artifacts.download_artifacts(lost.info.artifact_uri))
    folder.rename(folder.with_name("moved"))
    assert not tracking.is_logged(store.uri, "lost")
    again = store.log(study, frame, fingerprint="lost")
    assert again != lost.info.run_id
    assert tracking.is_logged(store.uri, "lost")
    assert client.search_model_versions(f"run_id = '{lost.info.run_id}'") == []


def test_the_lookup_imports_no_slow_library(store: TrackingStore, run_id: str) -> None:
    code = (
        "import json, sys; from models.severity.tracking import store as tracking; "
        f"print(json.dumps([tracking.is_logged({store.uri!r}, {TAGS['fingerprint']!r}), "
        "[name for name in ('mlflow', 'xgboost', 'pandas', 'matplotlib') if name in sys.modules]]))"
    )
    root = Path(__file__).parents[2]
    process = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert json.loads(process.stdout) == [True, []]
