"""Runs and commands give the same result in any current folder, also in one with a luigi.cfg of another project."""

import re
from pathlib import Path

import pytest

from pipeline.cli import COMMANDS
from tests import forked
from tests.architecture.tree import REPOSITORY
from tests.running import Workspace

# These serve until they are interrupted, and `features` reads neither settings nor a store.
NOT_COMPARED = {"mlflow", "scheduler", "features"}
ARGUMENTS = {"why": ["CreateSnapshot"], "explain": ["20010101X00001"], "plan": ["PrepareDatabase"]}


@pytest.fixture(scope="module")
def other_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("another project")
    (folder / "luigi.cfg").write_text("[core]\nworkers = 0\n[Sources]\nlocation = /nowhere\n[Theirs]\nkey = 1\n")
    return folder


def output(store: Workspace, folder: Path, *words: str) -> tuple[int, str]:
    """The exit code and output of a command in a folder."""
    done = forked.run(words[0], words[1:], folder, store.environment(), timeout=120)
    assert "Traceback" not in done.stderr
    # The free disk space changes.
    lines = [line for line in (done.stdout + done.stderr).splitlines() if " GB free" not in line]
    return done.returncode, "\n".join(lines)


@pytest.mark.parametrize("command", sorted(set(COMMANDS) - NOT_COMPARED))
def test_a_command_does_the_same_in_another_folder(other_folder: Path, tmp_path: Path, command: str) -> None:
    store, words = Workspace(tmp_path / "store", REPOSITORY), ("pipeline", command, *ARGUMENTS.get(command, []))
    results = [output(store, folder, *words) for folder in (REPOSITORY, other_folder)]
    if command == "doctor":  # free memory and the like change
        results = [(code, re.sub(r"[0-9.]+", "#", text)) for code, text in results]
    assert results[0] == results[1]
    store.stop()


def test_a_run_uses_the_settings_of_the_repository_in_another_folder(
    repository: Path, other_folder: Path, tmp_path: Path
) -> None:
    store = Workspace(tmp_path / "store", repository)
    code, text = output(store, other_folder, "luigi", "--module", "pipeline", "CreateSnapshot")
    assert code == 0 and "CreateSnapshot          1" in text
    assert (
        output(store, other_folder, "luigi", "--module", "pipeline", "UnpackAccessFile", "--source", "avall")[0] == 40
    )
