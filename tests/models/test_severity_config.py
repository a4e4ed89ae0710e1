"""Invalid settings of a study are reported together, before any computation."""

import pytest
from severity_frame import feature_table

from models.severity.config import StudySettings
from models.severity.errors import InvalidStudy
from models.severity.study import run_study


def test_all_invalid_settings_are_reported_together() -> None:
    invalid = StudySettings(
        validation_year=2020, test_year=2019, rounds=0, trees=0, learning_rate=0.0, n_bootstrap=-1, trials=-2
    )
    with pytest.raises(InvalidStudy) as error:
        run_study(feature_table(60), invalid)
    for part in (
        "expected validation_year < test_year, found 2020 and 2019",
        "rounds: expected 1 or more, found 0",
        "trees: expected 1 or more, found 0",
        "learning_rate: expected more than 0 and at most 1, found 0.0",
        "n_bootstrap: expected 0 or more, found -1",
        "trials: expected 0 or more, found -2",
    ):
        assert part in str(error.value)
    assert "luigi.cfg" in str(error.value)


@pytest.mark.parametrize(
    ("first", "last", "message"),
    [(2017, 2021, "first_year < validation_year"), (1982, 2018, "test_year <= last_year")],
)
def test_years_must_be_in_order(first: int, last: int, message: str) -> None:
    with pytest.raises(InvalidStudy, match=message):
        run_study(feature_table(60), StudySettings(first_year=first, last_year=last))


def test_defaults_are_valid() -> None:
    StudySettings().validate()
