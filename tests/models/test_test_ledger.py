"""The test-set ledger: one line per model and test set, append-only."""

from dataclasses import replace
from pathlib import Path

import pytest
from severity_frame import feature_table

from models.severity.study import Study, StudySettings, run_study
from models.severity.tracking import test_ledger

TAGS = {"fingerprint": "0123456789abcdef", "release": "r1"}
SETTINGS = StudySettings(rounds=5, early_stopping_rounds=3, n_bootstrap=0, trees=2, backtest_windows=1)


@pytest.fixture(scope="module")
def study() -> Study:
    return run_study(feature_table(400), SETTINGS)


@pytest.fixture(scope="module")
def other_model() -> Study:
    return run_study(feature_table(400), replace(SETTINGS, max_depth=2))


def test_evaluating_the_same_model_again_adds_no_line(tmp_path: Path, study: Study) -> None:
    path = tmp_path / "a folder" / "test_ledger.csv"
    assert test_ledger.count_evaluations(path, study.split_id) == 0
    assert test_ledger.record_evaluation(path, study, TAGS) == 1
    before = path.read_text()
    evaluations = study.metrics["xgboost"]
    other_metric = {"xgboost": evaluations | {"test": evaluations["test"] | {"log_loss": 0.5}}}
    assert test_ledger.record_evaluation(path, study, TAGS | {"fingerprint": "f" * 16, "release": "r2"}) == 1
    assert test_ledger.record_evaluation(path, replace(study, metrics=other_metric), TAGS) == 1
    assert path.read_text() == before


def test_another_model_and_another_test_set_add_lines(tmp_path: Path, study: Study, other_model: Study) -> None:
    path = tmp_path / "test_ledger.csv"
    test_ledger.record_evaluation(path, study, TAGS)
    before = path.read_text()
    assert test_ledger.record_evaluation(path, other_model, TAGS) == 2
    assert test_ledger.record_evaluation(path, replace(study, split_id="another"), TAGS) == 1
    assert path.read_text().startswith(before)
    assert [line.split(",")[0] for line in path.read_text().splitlines()] == [
        *("split_id", study.split_id, study.split_id, "another")
    ]


def test_a_model_that_version_0_1_evaluated_adds_no_line(tmp_path: Path, study: Study) -> None:
    path = tmp_path / "test_ledger.csv"
    test = study.metrics[study.primary_model]["test"]
    path.write_text(
        "split_id,stamp,moment,release,events,log_loss,fatal_roc_auc\n"
        f"{study.split_id},aaaaaaaaaaaaaaaa,{study.settings.prediction_time},r0,"
        f"{test['events']},{test['log_loss']:.6f},{test['fatal_roc_auc']:.6f}\n"
    )
    assert test_ledger.record_evaluation(path, study, TAGS) == 1


def test_lines_of_version_0_1_are_kept_and_counted(tmp_path: Path, study: Study) -> None:
    path = tmp_path / "test_ledger.csv"
    path.write_text(
        "split_id,stamp,moment,release,events,log_loss,fatal_roc_auc\n"
        f"{study.split_id},aaaaaaaaaaaaaaaa,T1,r0,80,1.100000,0.800000\n"
    )
    assert test_ledger.count_evaluations(path, study.split_id) == 1
    assert test_ledger.record_evaluation(path, study, TAGS) == 2
    assert test_ledger.record_evaluation(path, study, TAGS) == 2
    assert path.read_text().splitlines()[1] == f"{study.split_id},,aaaaaaaaaaaaaaaa,T1,r0,80,1.100000,0.800000"
