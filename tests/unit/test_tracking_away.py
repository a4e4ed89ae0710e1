"""A tracking store that is not there, and a ledger that says otherwise, have their sentences."""

from pathlib import Path
from typing import Any

import pytest
from severity_frame import feature_table

from models.severity import study, training_run
from models.severity.errors import InvalidStudy
from models.severity.tracking import runs
from models.severity.tracking.run_lookup import store_addresses
from pipeline.errors import StudyFailed
from pipeline.tasks.severity import LoggedRun

KNOBS = {"rounds": 5, "early_stopping_rounds": 3, "n_bootstrap": 2, "trees": 2, "backtest_windows": 1}
AWAY = ["http://127.0.0.1:1", "nonsense://here", "postgresql://nobody@127.0.0.1:1/none"]


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")


def run(folder: Path, address: str, ledger: Path | None = None) -> None:
    feature_table(300).to_parquet(table := folder / "features.parquet")
    tags = {"fingerprint": "0123456789abcdef", "release": "r1"}
    promotion, stores = (
        {"releases": {}, "patience": 3, "log": folder / "promotions.csv"},
        store_addresses(address, folder),
    )
    training_run.train(
        table, folder / "study", KNOBS, {}, stores, tags, promotion, ledger or folder / "test_ledger.csv"
    )


@pytest.mark.parametrize("address", AWAY)
def test_a_store_that_is_not_there_is_found_before_the_test_is_looked_at(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def looked(*_: Any) -> None:
        raise AssertionError("the study has begun")

    monkeypatch.setattr(study, "run_study", looked)
    with pytest.raises(InvalidStudy, match=r"tracking_uri: a place that takes runs expected, found \w.*Mend"):
        run(tmp_path, address)
    assert [path.name for path in tmp_path.iterdir()] == ["features.parquet"]


@pytest.mark.parametrize("address", AWAY)
def test_planning_has_the_same_sentence(address: str) -> None:
    with pytest.raises(StudyFailed, match="tracking_uri: a place that takes runs expected"):
        LoggedRun(store_addresses(address, Path("/nowhere"))[0], "0123456789abcdef").exists()


def test_the_same_model_is_evaluated_once_in_the_ledger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "log_study", lambda *_: "a run")
    for folder in (tmp_path / "first", tmp_path / "second"):
        folder.mkdir()
        run(folder, "sqlite:///unused", tmp_path / "test_ledger.csv")
    assert len((tmp_path / "test_ledger.csv").read_text().splitlines()) == 2
