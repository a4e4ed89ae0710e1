"""A backup is restored into an empty installation only."""

from pathlib import Path

import pytest

from pipeline import config, output_folders
from pipeline.errors import PipelineError
from pipeline.operations import backup


@pytest.mark.parametrize("path", ["models/runs/mlflow.db", "reports/html/index.html", "targets/store/timings.json"])
def test_no_file_of_a_store_is_overwritten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    monkeypatch.setenv("NTSB_STORE", str(tmp_path))
    output_folders.create_folders()
    backup.require_empty()
    (config.store_folder() / path).write_text("mine")
    with pytest.raises(PipelineError, match="restore: expected an empty installation, found "):
        backup.require_empty()
