"""The test-set ledger: one line per model and test set, append-only."""

from dataclasses import replace
from pathlib import Path

import pytest
from severity_frame import feature_table

from models.severity.study import Study, StudySettings, run_study
from models.severity.tracking import test_ledger
from models.severity.tracking.csv_log import read_lines

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
    assert test_ledger.count_evaluations(path, study) == 0
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
    assert test_ledger.record_evaluation(path, replace(study, split_id="another", test_id="another"), TAGS) == 1
    assert path.read_text().startswith(before)
    assert [line.split(",")[0] for line in path.read_text().splitlines()] == [
        *("test_id", study.test_id, study.test_id, "another")
    ]


def test_a_demonstration_is_recorded_with_its_purpose_and_is_no_candidate(tmp_path: Path, study: Study) -> None:
    path = tmp_path / "test_ledger.csv"
    test_ledger.record_evaluation(path, study, TAGS)
    for _ in range(2):
        metrics = {"log_loss": 0.7, "fatal_roc_auc": None}
        test_ledger.record_demonstration(path, study.split.test, "d" * 16, metrics, "false gains: damage")
    assert test_ledger.count_evaluations(path, study) == 1
    own, other = read_lines(path)
    assert own["purpose"] == "" and other["purpose"] == "false gains: damage"
    assert other["test_id"] == study.test_id and other["log_loss"] == "0.700000"


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
    assert test_ledger.count_evaluations(path, study) == 1
    assert test_ledger.record_evaluation(path, study, TAGS) == 2
    assert test_ledger.record_evaluation(path, study, TAGS) == 2
    assert path.read_text().splitlines()[1] == f",{study.split_id},,aaaaaaaaaaaaaaaa,T1,r0,80,1.100000,0.800000,"


@pytest.mark.parametrize(
    ("columns", "values"),
    [
        ("split_id,stamp,moment,release,events,log_loss,fatal_roc_auc", "s,aaaa,T1,r0,80,1.1,0.8"),
        (",".join(test_ledger.COLUMNS[1:9]), "s,dddd,aaaa,T1,r0,80,1.1,0.8"),
        (",".join(test_ledger.COLUMNS), ",s,,aaaa,T1,r0,80,1.1,0.8,"),
    ],
    ids=["version 0.1", "without test_id", "upgraded"],
)
def test_a_demonstration_is_added_to_an_earlier_ledger(tmp_path: Path, columns: str, values: str) -> None:
    path = tmp_path / "test_ledger.csv"
    path.write_text(f"{columns}\n{values}\n")
    test = feature_table(20)
    for _ in range(2):
        test_ledger.record_demonstration(path, test, "dddd", {"log_loss": 1.1, "fatal_roc_auc": 0.8}, "false gains: x")
    assert [line["purpose"] for line in read_lines(path)] == ["", "false gains: x"]


def test_the_test_set_does_not_depend_on_the_training_events(tmp_path: Path, study: Study) -> None:
    """Withdrawing an accident of the training years changes the split, not the events that models are evaluated on."""
    path, table = tmp_path / "test_ledger.csv", feature_table(400)
    is_old = table["ev_year"] == 2005
    fewer = run_study(table.drop(table[is_old].index[0]), SETTINGS)
    assert fewer.split_id != study.split_id and fewer.test_id == study.test_id
    assert test_ledger.record_evaluation(path, study, TAGS) == 1
    assert test_ledger.record_evaluation(path, fewer, TAGS) == 2
    in_test = table.index[(table["ev_year"] == 2020) & table["is_us"] & table["has_injury_record"]][0]
    relabeled = table.assign(severity=table["severity"].where(table.index != in_test, "FATL"))
    relabeled.loc[in_test, "severity"] = "NONE" if table.loc[in_test, "severity"] == "FATL" else "FATL"
    assert run_study(relabeled, SETTINGS).test_id != study.test_id


def test_evaluations_of_several_stores_are_counted_together(tmp_path: Path, study: Study, other_model: Study) -> None:
    shared, of_store = tmp_path / "shared" / "test_ledger.csv", tmp_path / "store" / "test_ledger.csv"
    assert test_ledger.record_evaluation(of_store, other_model, TAGS) == 1
    for _ in range(2):
        assert test_ledger.record_evaluation(shared, study, TAGS, of_store) == 2
    assert test_ledger.record_evaluation(shared, study, TAGS, shared) == 2
