"""`make clean` removes the results of runs, but not the test-set ledger and the promotion log."""

import os
import subprocess
from pathlib import Path

import pytest

from pipeline import config
from tests.running import Workspace


def test_clean_keeps_the_ledger_and_the_promotion_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = tmp_path / "a store"
    monkeypatch.setenv("NTSB_STORE", str(root))
    made = [config.targets_folder(), config.mlflow_folder(), config.html_folder()]
    for folder in (*made, config.ledger_folder()):
        folder.mkdir(parents=True)
        (folder / "file.csv").write_text("a\n")
    subprocess.run(["make", "clean"], cwd=config.REPOSITORY, env=os.environ, check=True, capture_output=True)
    assert [path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()] == ["models/kept/file.csv"]


def test_a_run_writes_both_to_the_ledger_folder(built: Workspace) -> None:
    kept = {path.relative_to(built.store / "models").as_posix() for path in (built.store / "models").rglob("*.csv")}
    assert kept >= {"kept/test_ledger.csv", "kept/promotions.csv"}
    assert not [name for name in kept if name.endswith(("test_ledger.csv", "promotions.csv")) and "runs" in name]
