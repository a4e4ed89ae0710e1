"""A store may have any path: MLflow's database and artifacts are where they should be, and are found again."""

import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from models.severity.tracking.store import is_logged, open_store, sqlite_path, store_addresses
from pipeline.postgres import process
from tests.architecture.tree import REPOSITORY

# Few, because MLflow takes seconds to create a database.
NAMES = ["a b", "a?b", "a%25b %20", "#1 'x' \"y\" $z Größe ☃ a&b+c;d:e@f"]


@pytest.mark.parametrize("name", NAMES)
def test_a_run_is_logged_in_the_store_and_found_again(name: str, tmp_path: Path) -> None:
    folder = tmp_path / name / "models" / "runs"
    address, artifacts = store_addresses("", folder)
    mlflow = open_store(address)
    client = mlflow.MlflowClient()
    experiment = client.create_experiment("severity/four-class/T1", artifact_location=f"{artifacts}/T1")
    with mlflow.start_run(experiment_id=experiment):
        mlflow.log_text("text", "file.txt")
        mlflow.set_tag("fingerprint", "0123456789abcdef")
    assert sqlite_path(address) == folder / "mlflow.db"
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert (folder / "mlflow.db").is_file() and len(list(folder.glob("artifacts/T1/*/artifacts/file.txt"))) == 1
    runs = mlflow.MlflowClient(address).search_runs([experiment], filter_string="tags.fingerprint = '0123456789abcdef'")
    assert [run.data.tags["fingerprint"] for run in runs] == ["0123456789abcdef"]
    # A run alone is not a complete study.
    assert not is_logged(address, "0123456789abcdef")


@pytest.mark.parametrize("name", ['a?b %25 #$x\' "y" ü'])
def test_mlflow_serves_the_store(name: str, tmp_path: Path) -> None:
    folder = tmp_path / name / "models" / "runs"
    address, _ = store_addresses("", folder)
    open_store(address).MlflowClient().create_experiment("severity/four-class/T1")
    port = process.free_port(0)
    command = [sys.executable, "-m", "pipeline", "mlflow", "--port", str(port)]
    environment = {"NTSB_STORE": str(tmp_path / name), "PATH": "/usr/bin:/bin", "PYTHONPATH": str(REPOSITORY)}
    with subprocess.Popen(command, cwd=REPOSITORY, env=environment) as started:
        try:
            assert "severity/four-class/T1" in search_experiments(port)
        finally:
            started.terminate()
    assert [path.name for path in tmp_path.iterdir()] == [name]


def search_experiments(port: int) -> str:
    """The answer of the server, which takes some seconds to start."""
    url = f"http://127.0.0.1:{port}/api/2.0/mlflow/experiments/search?max_results=10"
    limit = time.monotonic() + 300
    while True:
        try:
            with urllib.request.urlopen(url, timeout=10) as response:
                return str(response.read().decode())
        except OSError:
            if time.monotonic() > limit:
                raise
            time.sleep(0.5)
