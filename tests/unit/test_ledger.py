"""The ledger of looks at a frozen test: appended once per model version, never changed."""

from dataclasses import replace
from pathlib import Path

import pytest
from severity_frame import feature_table

from models import ledger
from models.study import Study, StudySettings, run_study

TAGS = {"stamp": "0123456789abcdef", "release": "r1"}


@pytest.fixture(scope="module")
def study() -> Study:
    settings = StudySettings(rounds=5, early_stopping_rounds=3, bootstrap_draws=0, trees=2, origins=1)
    return run_study(feature_table(400), settings)


def test_a_version_is_written_once_and_another_one_beside_it(tmp_path: Path, study: Study) -> None:
    path = tmp_path / "a folder" / "test_ledger.csv"
    assert ledger.looks(path, study.split_id) == 0
    assert ledger.record(path, study, TAGS) == 1
    before = path.read_text()
    assert ledger.record(path, study, TAGS | {"release": "r2"}) == 1
    assert path.read_text() == before
    assert ledger.record(path, study, TAGS | {"stamp": "f" * 16}) == 2
    assert path.read_text().startswith(before)
    assert ledger.record(path, replace(study, split_id="another"), TAGS) == 1
    assert [line.split(",")[0] for line in path.read_text().splitlines()] == [
        *("split_id", study.split_id, study.split_id, "another")
    ]


def test_the_same_version_with_other_figures_is_an_error(tmp_path: Path, study: Study) -> None:
    path = tmp_path / "test_ledger.csv"
    ledger.record(path, study, TAGS)
    before = path.read_text()
    judged = study.metrics["xgboost"]
    other = replace(study, metrics={"xgboost": judged | {"test": judged["test"] | {"log_loss": 0.5}}})
    with pytest.raises(ledger.LedgerMismatch, match=r"0123456789abcdef.*not in its stamp.*as it was"):
        ledger.record(path, other, TAGS)
    assert path.read_text() == before
