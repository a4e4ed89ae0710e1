"""Invalid parameters that Luigi itself rejects: a message, no traceback, and an exit code."""

from pathlib import Path

import pytest

from pipeline.cli.task_graph import find_task
from pipeline.errors import PipelineError
from tests.running import REPOSITORY, Workspace, assert_failed


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["CreateView", "--name", "nowhere", "--snapshot", "a"], "nowhere is not a valid choice from .*mv_state_stats"),
        (
            ["TrainSeverityModel", "--Severity-prediction-time", "T9", "--snapshot", "a"],
            "--Severity-prediction-time: expected T0, T1, found T9",
        ),
        (["CreateView", "--name", "code_harmonization"], "CreateView: expected a value of --snapshot, found none"),
    ],
    ids=["choice", "setting", "missing"],
)
def test_an_invalid_parameter_of_a_run(tmp_path: Path, words: list[str], message: str) -> None:
    result = Workspace(tmp_path / "store", REPOSITORY).run(*words)
    assert result.code == 40
    assert_failed(result, message)
    assert not (tmp_path / "store").exists()


def test_an_invalid_parameter_of_a_command() -> None:
    message = r"^MergeTable: --table: zz is not a valid choice from 'aircraft', .*; `luigi --module pipeline TASK"
    with pytest.raises(PipelineError, match=message):
        find_task(["MergeTable", "--table", "zz"], "a snapshot")
