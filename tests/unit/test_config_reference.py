"""Paths of [Reference] that name no file of the user are mistakes in the configuration."""

from pathlib import Path

import pytest
from luigi.configuration import get_config

from pipeline import config_check


@pytest.mark.parametrize(
    ("name", "other", "own"),
    [("registry", "ReleasableAircraft.zip", "MASTER.txt"), ("weather", "asos.txt", "asos.csv")],
)
def test_a_folder_without_files_of_the_format_is_a_mistake(tmp_path: Path, name: str, other: str, own: str) -> None:
    config = get_config()
    before = config.get("Reference", name)
    config.set("Reference", name, str(tmp_path))
    try:
        (tmp_path / other).touch()
        (mistake,) = config_check.find_mistakes()
        assert mistake.startswith(f"[Reference] {name}: expected") and f"found none at {tmp_path}" in mistake
        (tmp_path / own).touch()
        assert config_check.find_mistakes() == []
    finally:
        config.set("Reference", name, before)
