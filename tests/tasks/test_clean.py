"""`make clean` removes what runs made, and not what says how often a frozen test was looked at."""

import os
import subprocess
from pathlib import Path

import pytest

from pipeline import config
from tests.running import Place


def test_clean_leaves_the_ledger_of_looks_and_promotions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = tmp_path / "a store"
    monkeypatch.setenv("NTSB_STORE", str(root))
    made = [config.targets_folder(), config.mlflow_folder(), config.html_folder()]
    for folder in (*made, config.ledger_folder()):
        folder.mkdir(parents=True)
        (folder / "file.csv").write_text("a\n")
    subprocess.run(["make", "clean"], cwd=config.REPOSITORY, env=os.environ, check=True, capture_output=True)
    assert [path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()] == ["models/kept/file.csv"]


def test_a_run_writes_both_there(built: Place) -> None:
    kept = {path.relative_to(built.store / "models").as_posix() for path in (built.store / "models").rglob("*.csv")}
    assert kept >= {"kept/test_ledger.csv", "kept/promotions.csv"}
    assert not [name for name in kept if name.endswith(("test_ledger.csv", "promotions.csv")) and "runs" in name]
