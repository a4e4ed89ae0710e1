"""A folder of corrections that the settings name and that is missing stops a run; the default folder is optional."""

from pathlib import Path

import pytest
from luigi.configuration import get_config

from pipeline import config, config_check, run_errors
from pipeline.cli import corrections
from tests.tasks.corrections import folder

__all__ = ["folder"]


@pytest.mark.parametrize("kind", ["missing", "file", "link"])
def test_a_setting_that_names_no_folder_is_a_mistake(folder: Path, kind: str) -> None:
    assert config_check.find_mistakes() == []
    folder.rmdir()
    if kind == "file":
        folder.touch()
    elif kind == "link":
        folder.symlink_to(folder.with_name("absent"))
    message = f"[Corrections] folder: expected a folder, found none at {folder}; correct the path."
    assert config_check.find_mistakes() == [message]
    with pytest.raises(Exception) as caught:
        corrections.read_statuses()
    assert message in run_errors.describe(caught.value)
    folder.unlink(missing_ok=True)
    folder.mkdir()
    assert config_check.find_mistakes() == []


def test_the_default_folder_may_be_absent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert get_config().get("Corrections", "folder") == config_check.DEFAULT_CORRECTIONS
    monkeypatch.setattr(config, "REPOSITORY", tmp_path)
    assert not config.Corrections().resolved_folder().exists() and config_check.find_mistakes() == []
