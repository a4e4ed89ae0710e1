"""A store that was moved or copied, also to a path with other characters, opens completely."""

import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

import pandas as pd
import pytest
from test_store_paths import search_experiments
from tracking_store import TAGS, TrackingStore

from models.severity.study import Study
from models.severity.tracking import store as tracking
from pipeline.postgres import process
from tests.architecture.tree import REPOSITORY


@pytest.fixture(scope="module")
def first(
    new_store: Callable[[Path], TrackingStore],
    tmp_path_factory: pytest.TempPathFactory,
    study: Study,
    frame: pd.DataFrame,
) -> TrackingStore:
    logged = new_store(tmp_path_factory.mktemp("before") / "models" / "runs")
    logged.log(study, frame)
    return logged


def texts(database: Path) -> list[str]:
    """Every text of the database."""
    with closing(sqlite3.connect(database)) as store:
        tables = [name for (name,) in store.execute("select name from sqlite_master where type = 'table'")]
        return [text for table in tables for row in store.execute(f'select * from "{table}"') for text in map(str, row)]


def require_opens(
    uri: str, study: Study, frame: pd.DataFrame, forbidden: Path, destination: Path | None = None
) -> None:
    """The run's files, its metrics and the registered model can be read, none of them from `forbidden`."""
    mlflow = tracking.open_store(uri)
    client = mlflow.MlflowClient()
    version = client.get_model_version_by_alias("severity", "champion")
    run = client.get_run(version.run_id)
    assert not any(quote(str(forbidden)) in text for text in (run.info.artifact_uri, version.source))
    assert {"model_card.md", "metrics.json"} <= {file.path for file in client.list_artifacts(version.run_id)}
    card = mlflow.artifacts.download_artifacts(run_id=version.run_id, artifact_path="model_card.md")
    assert "# Model card" in Path(card).read_text()
    if destination:
        destination.mkdir()
    model = mlflow.pyfunc.load_model("models:/severity@champion", dst_path=destination and str(destination))
    predicted = model.predict(frame)
    assert abs(predicted[list(predicted.columns[:4])].to_numpy() - study.model.probabilities(frame)).max() == 0


@pytest.fixture
def moved(first: TrackingStore, tmp_path: Path) -> Iterator[Path]:
    """The folder of a store that was moved: its first folder does not exist."""
    origin = tracking.sqlite_path(first.uri).parent
    shutil.copytree(origin, folder := tmp_path / "a b ü $x' ☃" / "models" / "runs")
    hidden = origin.rename(origin.with_name("hidden"))
    yield folder
    hidden.rename(origin)


@pytest.fixture
def copied(first: TrackingStore, tmp_path: Path) -> Path:
    """The folder of a copy of a store that still exists."""
    origin = tracking.sqlite_path(first.uri).parent
    return Path(shutil.copytree(origin, tmp_path / "a?b %25 #" / "models" / "runs"))


@pytest.mark.parametrize("way", ["moved", "copied"])
def test_a_store_in_another_folder_is_complete_and_opens(
    way: str, first: TrackingStore, study: Study, frame: pd.DataFrame, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    folder, origin = request.getfixturevalue(way), tracking.sqlite_path(first.uri).parent
    uri, _ = tracking.store_addresses("", folder)
    run_id = tracking.find_run(uri, TAGS["fingerprint"])
    assert run_id, "the study must not be logged again"
    tracking.adopt(folder)
    assert not [text for text in texts(folder / "mlflow.db") if f"{origin}/artifacts" in text]
    assert tracking.find_run(uri, TAGS["fingerprint"]) == run_id
    # MLflow reads local paths as URIs, so with ? or % in the path of the store a model is loaded from a copy.
    require_opens(uri, study, frame, origin, tmp_path / "model" if way == "copied" else None)
    again = TrackingStore(tracking.store_addresses("", folder), first.folder)
    assert again.log(study, frame) == run_id


def test_mlflow_serves_a_moved_store(first: TrackingStore, study: Study, frame: pd.DataFrame, tmp_path: Path) -> None:
    origin = tracking.sqlite_path(first.uri).parent
    shutil.copytree(origin, tmp_path / "after" / "models" / "runs")
    port = process.free_port(0)
    command = [sys.executable, "-m", "pipeline", "mlflow", "--port", str(port)]
    environment = {"NTSB_STORE": str(tmp_path / "after"), "PATH": "/usr/bin:/bin", "PYTHONPATH": str(REPOSITORY)}
    with subprocess.Popen(command, cwd=REPOSITORY, env=environment) as started:
        try:
            search_experiments(port)
            require_opens(f"http://127.0.0.1:{port}", study, frame, origin)
        finally:
            started.terminate()


def test_a_store_that_was_not_moved_is_not_written(first: TrackingStore) -> None:
    database = tracking.sqlite_path(first.uri)
    before = (database.stat().st_mtime_ns, database.read_bytes())
    tracking.adopt(database.parent)
    assert (database.stat().st_mtime_ns, database.read_bytes()) == before
