"""A command in a forked process ends as one in a process of its own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests import forked
from tests.architecture.tree import REPOSITORY
from tests.running import Workspace


@pytest.mark.parametrize("words", [("features", "--prediction-time", "T0"), ("explain", "nothing"), ("plann",)])
def test_a_forked_command_has_the_output_and_the_exit_code_of_a_process(tmp_path: Path, words: tuple[str, ...]) -> None:
    workspace = Workspace(tmp_path / "store", REPOSITORY)
    command = [sys.executable, "-m", "pipeline", *words]
    alone = subprocess.run(command, cwd=REPOSITORY, env=workspace.environment(), capture_output=True, text=True)
    done = workspace.command(*words)
    assert (done.returncode, done.stdout, done.stderr) == (alone.returncode, alone.stdout, alone.stderr)


def test_a_command_that_exceeds_its_timeout_is_killed_and_the_next_one_runs(tmp_path: Path) -> None:
    environment = dict(os.environ) | {"NTSB_STORE": str(tmp_path / "store")}
    with pytest.raises(subprocess.TimeoutExpired):
        forked.run("pipeline", ["features"], REPOSITORY, environment, timeout=0)
    assert forked.run("pipeline", ["features"], REPOSITORY, environment, timeout=60).returncode == 0
