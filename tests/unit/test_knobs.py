"""Knobs that no study can have are refused, all at once, before anything is reckoned."""

import pytest
from severity_frame import feature_table

from models.severity.config import StudySettings
from models.severity.errors import InvalidStudy
from models.severity.study import run_study


def test_every_knob_that_makes_no_sense_is_named_at_once() -> None:
    wrong = StudySettings(
        validation_year=2020, test_year=2019, rounds=0, trees=0, learning_rate=0.0, n_bootstrap=-1, trials=-2
    )
    with pytest.raises(InvalidStudy) as found:
        run_study(feature_table(60), wrong)
    told = str(found.value)
    for words in (
        "validation_year < test_year expected, 2020 and 2019 found",
        "rounds: 1 or more expected, 0 found",
        "trees: 1 or more expected, 0 found",
        "learning_rate: more than 0 and at most 1 expected, 0.0 found",
        "n_bootstrap: 0 or more expected, -1 found",
        "trials: 0 or more expected, -2 found",
    ):
        assert words in told, told
    assert "luigi.cfg" in told


@pytest.mark.parametrize(
    ("first", "last", "sentence"),
    [(2017, 2021, "first_year < validation_year"), (1982, 2018, "test_year <= last_year")],
)
def test_years_stand_in_order(first: int, last: int, sentence: str) -> None:
    with pytest.raises(InvalidStudy, match=sentence):
        run_study(feature_table(60), StudySettings(first_year=first, last_year=last))


def test_the_knobs_of_the_repository_make_sense() -> None:
    StudySettings().require_sense()
