"""Words of the command line that Luigi itself refuses: a sentence, no traceback, and an exit code."""

from pathlib import Path

import pytest

from tests.running import REPOSITORY, Place, sentence


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["View", "--name", "nowhere", "--snapshot", "a"], "nowhere is not a valid choice from .*mv_state_stats"),
        (["Train", "--Severity-moment", "T9", "--snapshot", "a"], "'moment': T9 is not a valid choice from .*T1"),
        (["View", "--name", "language"], "View.*requires the 'snapshot' parameter to be set"),
    ],
    ids=["choice", "knob", "missing"],
)
def test_a_parameter_that_luigi_refuses(tmp_path: Path, words: list[str], said: str) -> None:
    told = Place(tmp_path / "store", REPOSITORY).run(*words)
    assert told.code == 40
    sentence(told, said)
    assert "TASK --help` says what a step takes" in told.text
    assert not (tmp_path / "store").exists()
