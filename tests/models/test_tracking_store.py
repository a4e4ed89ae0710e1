"""An unreachable tracking store is reported before the study begins."""

import contextlib
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from severity_frame import feature_table

from models.severity import study
from models.severity.tracking.store import adopt, store_addresses
from models.severity.training_run import train
from pipeline.errors import StudyFailed
from pipeline.tasks.severity import LoggedRun, study_errors
from tests.architecture.tree import REPOSITORY

UNREACHABLE = ["http://127.0.0.1:1", "nonsense://here", "postgresql://nobody@127.0.0.1:1/none"]
MESSAGE = r"tracking_uri: expected a reachable MLflow store, found: \w.*; correct the address"


@pytest.fixture(autouse=True)
def without_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")


def train_without_study(uri: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Train with this tracking URI; a study that begins fails the test."""

    def fail(*_: Any, **__: Any) -> None:
        raise AssertionError("the study was run")

    monkeypatch.setattr(study, "run_study", fail)
    feature_table(300).to_parquet(table := folder / "features.parquet")
    tags = {"fingerprint": "0123456789abcdef", "release": "r1"}
    promotion = {"releases": {}, "patience": 3, "log": folder / "promotions.csv"}
    with study_errors():
        train(table, folder / "study", {}, {}, store_addresses(uri, folder), tags, promotion, folder / "ledger.csv")


@pytest.mark.parametrize("uri", UNREACHABLE)
def test_no_study_is_run_without_a_store(uri: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(StudyFailed, match=MESSAGE):
        train_without_study(uri, tmp_path, monkeypatch)
    assert [path.name for path in tmp_path.iterdir()] == ["features.parquet"]


@pytest.mark.parametrize("uri", UNREACHABLE)
def test_the_target_reports_the_same_error_while_planning(uri: str) -> None:
    with pytest.raises(StudyFailed, match=MESSAGE):
        LoggedRun(store_addresses(uri, Path("/nowhere"))[0], "0123456789abcdef").exists()


# Logs an empty run to a SQLite store, as a study does. In a new process, because MLflow keeps its connections.
LOG_RUN = """
import sys
from models.severity.tracking.store import open_store, store_errors
with store_errors(sys.argv[1]):
    client = open_store(sys.argv[1]).MlflowClient()
    experiment = client.get_experiment_by_name("x") or client.get_experiment(client.create_experiment("x"))
    client.create_run(experiment.experiment_id)
"""


def log_run(folder: Path) -> str:
    """Log a run to the default store in the folder; return the message of the error, or an empty string."""
    words = [sys.executable, "-c", LOG_RUN, store_addresses("", folder)[0]]
    done = subprocess.run(words, cwd=REPOSITORY, capture_output=True, text=True)
    return done.stderr.strip().splitlines()[-1] if done.returncode else ""


def lock(file: Path) -> Callable[[], None]:
    """Lock the store as a program that writes to it does; return what ends that program."""
    connection = sqlite3.connect(file)
    connection.execute("begin exclusive")
    return connection.close


def overwrite(file: Path) -> Callable[[], None]:
    """Replace the store by another file; return what moves it away."""
    file.write_bytes(b"not a database" * 1000)
    return lambda: file.rename(file.with_suffix(".moved")) and None


def begin_writing(file: Path) -> Callable[[], None]:
    """Lock the store against other writers only, as a program that has begun to write does; return what ends it."""
    connection = sqlite3.connect(file)
    connection.execute("begin immediate")
    return connection.close


@pytest.mark.parametrize(
    ("break_store", "cause"),
    [(lock, "locked"), (begin_writing, "locked"), (overwrite, "not a database")],
)
def test_no_study_is_run_with_a_default_store_that_cannot_be_written(
    break_store: Callable[[Path], Callable[[], None]], cause: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sqlite3.connect(file := tmp_path / "mlflow.db").execute("create table runs (run_uuid)").connection.close()
    follow = break_store(file)
    with pytest.raises(StudyFailed, match=rf"mlflow.db: expected a reachable MLflow store, found: .*{cause}.*; \w"):
        train_without_study("", tmp_path, monkeypatch)
    follow()
    with pytest.raises(AssertionError, match="the study was run"):
        train_without_study("", tmp_path, monkeypatch)


@pytest.mark.parametrize(("break_store", "cause"), [(lock, "locked"), (overwrite, "not a database")])
def test_a_default_store_that_cannot_be_read_is_reported_while_planning(
    break_store: Callable[[Path], Callable[[], None]], cause: str, tmp_path: Path
) -> None:
    sqlite3.connect(file := tmp_path / "mlflow.db").execute("create table runs (run_uuid)").connection.close()
    target = LoggedRun(store_addresses("", tmp_path)[0], "0123456789abcdef")
    assert not target.exists()
    follow = break_store(file)
    with pytest.raises(StudyFailed, match=rf"mlflow.db: expected a reachable MLflow store, found: .*{cause}.*; \w"):
        target.exists()
    follow()
    assert not target.exists()


def test_a_moved_store_that_cannot_be_corrected_is_reported(tmp_path: Path) -> None:
    (tmp_path / "artifacts").mkdir()
    with contextlib.closing(sqlite3.connect(file := tmp_path / "mlflow.db")) as moved, moved:
        moved.execute("create table experiments (name, artifact_location)")
        moved.execute("insert into experiments values ('severity/x/T1', 'file:///before/artifacts/severity-x-T1')")
        for table in ("runs (artifact_uri)", "logged_models (artifact_location)"):
            moved.execute(f"create table {table}")
        moved.execute("create table model_versions (source, storage_location)")
    end_writing = begin_writing(file)
    with pytest.raises(StudyFailed, match=r"mlflow.db: expected .*, found: .*locked; end the other"), study_errors():
        adopt(tmp_path)
    end_writing()
    adopt(tmp_path)
    assert "/before/" not in file.read_bytes().decode("latin-1")


@pytest.mark.parametrize(
    ("break_store", "advice"),
    [(lock, "end the other programs that use it"), (overwrite, "move it away, and run again")],
)
def test_following_the_advice_for_the_default_store_resolves_the_error(
    break_store: Callable[[Path], Callable[[], None]], advice: str, tmp_path: Path
) -> None:
    assert log_run(tmp_path) == ""
    file = tmp_path / "mlflow.db"
    follow = break_store(file)
    message = log_run(tmp_path)
    assert f"{file}: expected a reachable MLflow store, found: " in message and advice in message
    assert "tracking_uri" not in message
    follow()
    assert log_run(tmp_path) == ""
