"""An unreachable tracking store is reported before the study begins."""

from pathlib import Path
from typing import Any

import pytest
from severity_frame import feature_table

from models.severity import study
from models.severity.tracking.store import store_addresses
from models.severity.training_run import train
from pipeline.errors import StudyFailed
from pipeline.tasks.severity import LoggedRun, study_errors

UNREACHABLE = ["http://127.0.0.1:1", "nonsense://here", "postgresql://nobody@127.0.0.1:1/none"]
MESSAGE = r"tracking_uri: expected a reachable MLflow store, found: \w.*; correct the address"


@pytest.fixture(autouse=True)
def without_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")


@pytest.mark.parametrize("uri", UNREACHABLE)
def test_no_study_is_run_without_a_store(uri: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise AssertionError("the study was run")

    monkeypatch.setattr(study, "run_study", fail)
    feature_table(300).to_parquet(table := tmp_path / "features.parquet")
    tags = {"fingerprint": "0123456789abcdef", "release": "r1"}
    promotion = {"releases": {}, "patience": 3, "log": tmp_path / "promotions.csv"}
    stores = store_addresses(uri, tmp_path)
    with pytest.raises(StudyFailed, match=MESSAGE), study_errors():
        train(table, tmp_path / "study", {}, {}, stores, tags, promotion, tmp_path / "ledger.csv")
    assert [path.name for path in tmp_path.iterdir()] == ["features.parquet"]


@pytest.mark.parametrize("uri", UNREACHABLE)
def test_the_target_reports_the_same_error_while_planning(uri: str) -> None:
    with pytest.raises(StudyFailed, match=MESSAGE):
        LoggedRun(store_addresses(uri, Path("/nowhere"))[0], "0123456789abcdef").exists()
