"""Words of the command line that Luigi itself refuses: a sentence, no traceback, and an exit code."""

from pathlib import Path

import pytest

from pipeline.cli.task_graph import find_task
from pipeline.errors import PipelineError
from tests.running import REPOSITORY, Place, sentence


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["CreateView", "--name", "nowhere", "--snapshot", "a"], "nowhere is not a valid choice from .*mv_state_stats"),
        (
            ["TrainSeverityModel", "--Severity-prediction_time", "T9", "--snapshot", "a"],
            "'prediction_time': T9 is not a valid choice from .*T1",
        ),
        (["CreateView", "--name", "code_harmonization"], "View.*requires the 'snapshot' parameter to be set"),
    ],
    ids=["choice", "knob", "missing"],
)
def test_a_parameter_that_luigi_refuses(tmp_path: Path, words: list[str], said: str) -> None:
    told = Place(tmp_path / "store", REPOSITORY).run(*words)
    assert told.code == 40
    sentence(told, said)
    assert "TASK --help` says what a step takes" in told.text
    assert not (tmp_path / "store").exists()


def test_a_parameter_that_luigi_refuses_a_command() -> None:
    said = r"^MergeTable: zz is not a valid choice from .*aircraft.* `luigi --module pipeline TASK --help` says what"
    with pytest.raises(PipelineError, match=said):
        find_task(["MergeTable", "--table", "zz"], "a snapshot")
