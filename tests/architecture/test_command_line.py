"""Every command has help and documentation; exit codes are those in the help text."""

import argparse
import re
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.__main__ import main, module
from pipeline.cli import COMMANDS
from tests.architecture.tree import REPOSITORY

(PAGE,) = (path.read_text() for path in (REPOSITORY / "docs").rglob("commands.md"))
HEAVY = {"mlflow", "xgboost", "sklearn", "matplotlib", "pandas"}


def exit_code(*words: str) -> int:
    try:
        return main(words)
    except SystemExit as end:
        return int(end.code or 0)


@pytest.mark.parametrize("name", COMMANDS)
def test_help(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code(name, "--help") == 0
    text = capsys.readouterr().out
    assert text.startswith(f"usage: python -m pipeline {name}")
    assert (module(name).__doc__ or "").strip() in text


@pytest.mark.parametrize("name", COMMANDS)
def test_parameters_of_a_task_keep_their_order_in_every_python_version(name: str) -> None:
    """Python 3.13 takes the value of an unknown option for a repeated positional argument."""
    command = argparse.ArgumentParser()
    getattr(module(name), "add_arguments", lambda _: None)(command)
    if any(action.dest == "task" for action in command._actions):
        assert [action.dest for action in command._actions if action.nargs in ("*", "+", argparse.REMAINDER)] == []
        words = ["Name", "--table", "aircraft", "--other=1", "word", "-1"]
        options, rest = command.parse_known_args(words)
        assert [options.task, *rest] == words


def test_every_command_is_documented() -> None:
    documented = re.findall(r"^## (\S+)$", PAGE, re.MULTILINE)
    assert documented == list(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_is_documented(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    section = PAGE.partition(f"\n## {name}\n")[2].partition("\n## ")[0]
    assert exit_code(name, "--help") == 0
    options = set(re.findall(r"--[a-z-]+", capsys.readouterr().out.partition("options:")[2])) - {"--help"}
    common = {"--json", "--snapshot"} if name != "plan" else set()
    assert {option for option in options - common if option not in section} == set()


def test_help_lists_all_commands(capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code("--help") == 0
    text = capsys.readouterr().out
    assert [name for name in COMMANDS if name not in text] == []
    assert "exit codes:" in text


def test_invalid_command_lines_exit_with_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert [exit_code(), exit_code("plann"), exit_code("status", "--jsn"), exit_code("why")] == [2, 2, 2, 2]
    assert "Traceback" not in capsys.readouterr().err


def test_errors_exit_with_1_and_a_message(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code("plan", "MergTable") == 1
    assert capsys.readouterr().err == "MergTable: expected the name of a task; did you mean MergeTable?\n"
    (tmp_path / "something").touch()
    assert exit_code("verify", "--store", str(tmp_path)) == 1
    assert "expected an empty or new folder" in capsys.readouterr().err


def test_verify_requires_a_release_and_leaves_no_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("NTSB_STORE", str(tmp_path / "store"))
    assert exit_code("verify", "--store", str(tmp_path / "second")) == 1
    assert "expected a published release, found none" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_help_does_not_import_heavy_libraries() -> None:
    program = f"import sys, pipeline.__main__ as m; m.parser(); print(*sorted({HEAVY!r} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", program], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
