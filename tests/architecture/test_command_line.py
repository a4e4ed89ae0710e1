"""Every command has help and a page; exit codes are those that the help promises."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.__main__ import main, module
from pipeline.cli import COMMANDS
from tests.architecture.tree import REPOSITORY

PAGE = (REPOSITORY / "docs" / "commands.md").read_text()
HEAVY = {"mlflow", "xgboost", "sklearn", "matplotlib", "plotly", "pandas"}


def code(*words: str) -> int:
    try:
        return main(words)
    except SystemExit as end:
        return int(end.code or 0)


@pytest.mark.parametrize("name", COMMANDS)
def test_help(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert code(name, "--help") == 0
    text = capsys.readouterr().out
    assert text.startswith(f"usage: python -m pipeline {name}")
    assert (module(name).__doc__ or "").strip() in text


def test_the_page_tells_of_every_command() -> None:
    told = re.findall(r"^## (\S+)$", PAGE, re.MULTILINE)
    assert told == list(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_the_page_tells_of_every_option(name: str) -> None:
    section = PAGE.partition(f"\n## {name}\n")[2].partition("\n## ")[0]
    shown = subprocess.run([sys.executable, "-m", "pipeline", name, "--help"], cwd=REPOSITORY, capture_output=True)
    options = set(re.findall(r"--[a-z]+", shown.stdout.decode().partition("options:")[2])) - {"--help"}
    common = {"--json", "--snapshot"} if name != "plan" else set()
    assert {option for option in options - common if option not in section} == set()


def test_all_commands_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert code("--help") == 0
    text = capsys.readouterr().out
    assert [name for name in COMMANDS if name not in text] == []
    assert "exit codes:" in text


def test_what_cannot_be_read_is_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert [code(), code("plann"), code("status", "--jsn"), code("why")] == [2, 2, 2, 2]
    assert "Traceback" not in capsys.readouterr().err


def test_what_cannot_be_done_is_1_and_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert code("plan", "MergTable") == 1
    assert capsys.readouterr().err == "MergTable: expected the name of a task; did you mean MergeTable?\n"
    (tmp_path / "something").touch()
    assert code("verify", "--store", str(tmp_path)) == 1
    assert "expected an empty or new folder" in capsys.readouterr().err


def test_a_release_is_needed_to_verify(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("NTSB_STORE", str(tmp_path / "store"))
    assert code("verify", "--store", str(tmp_path / "second")) == 1
    assert "expected a published release, found none" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_help_does_not_load_what_only_steps_need() -> None:
    question = f"import sys, pipeline.__main__ as m; m.parser(); print(*sorted({HEAVY!r} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", question], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
