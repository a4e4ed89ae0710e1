"""JSON files are replaced atomically, and failures leave the old content."""

import os
import shutil
from pathlib import Path

import pytest

from pipeline import json_file
from pipeline.errors import PipelineError
from pipeline.postgres import server_state


def test_a_file_round_trips_and_no_temporary_file_remains(tmp_path: Path) -> None:
    file = tmp_path / "folder" / "note.json"
    json_file.write(file, {"a": 1})
    json_file.write(file, {"a": 2})
    assert json_file.read(file) == {"a": 2}
    assert list(file.parent.iterdir()) == [file]


def test_a_failed_optional_write_is_a_warning(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    # Runs of other tests in this process may have changed the level of Luigi's logger.
    caplog.set_level("WARNING", logger=json_file.LOG.name)
    (tmp_path / "folder").write_text("a file instead of a folder")
    file = tmp_path / "folder" / "note.json"
    with pytest.raises(OSError):
        json_file.write(file, {"a": 1})
    json_file.try_write(file, {"a": 1})
    assert [record.getMessage() for record in caplog.records] == [
        f"{file} cannot be written (File exists): the old content stays"
    ]


def test_a_failed_replacement_keeps_the_old_file_and_no_temporary_file(tmp_path: Path) -> None:
    (tmp_path / "note.json" / "inside").mkdir(parents=True)
    with pytest.raises(OSError):
        json_file.write(tmp_path / "note.json", {"a": 1})
    assert [path.name for path in tmp_path.iterdir()] == ["note.json"]


def test_a_server_state_that_cannot_be_written_is_an_error_unless_it_is_optional(tmp_path: Path) -> None:
    server_state.write(tmp_path, server_state.State(port=5432))
    (tmp_path / f".state.json.{os.getpid()}").mkdir()
    with pytest.raises(PipelineError, match="free some space there, or choose another folder with NTSB_STORE"):
        server_state.write(tmp_path, server_state.State(port=1))
    server_state.try_write(tmp_path, server_state.State())
    assert server_state.read(tmp_path).port == 5432


def test_the_server_state_of_a_copied_folder_is_ignored(tmp_path: Path) -> None:
    """It would lead to the server of the original."""
    server_state.write(tmp_path / "original", server_state.State(port=5432))
    shutil.copytree(tmp_path / "original", tmp_path / "copy")
    assert server_state.read(tmp_path / "copy") == server_state.State()
