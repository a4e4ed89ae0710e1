"""Files with reviewed corrections, and the setting that names their folder."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from luigi.configuration import get_config
from luigi.task_register import Register

HEADER = "table,key,column,current_value,correct_value,source,reviewer,date"
REVIEW = "docket 7,R. Viewer,2026-11-30"


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """The folder of corrections that the settings name, without files."""
    config = get_config()
    before = config.get("Corrections", "folder")
    config.set("Corrections", "folder", str(tmp_path / "corrections"))
    (tmp_path / "corrections").mkdir()
    yield tmp_path / "corrections"
    config.set("Corrections", "folder", before)


def declare(folder: Path, *lines: str, rules: str = "") -> None:
    """Replaces the files by these lines of values, each without its review, and this text of bulk rules."""
    texts = {
        "values.csv": "\n".join([HEADER, *(f"{line},{REVIEW}" for line in lines)]) if lines else "",
        "rules.toml": rules,
    }
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
        if not text:
            (folder / name).unlink()
    # Luigi caches tasks with what they have read.
    Register.clear_instance_cache()
