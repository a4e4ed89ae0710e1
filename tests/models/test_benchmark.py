"""The benchmark: submissions are compared in pairs, the sealed period opens once, metrics are computed again."""

import ast
import json
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from severity_frame import feature_table
from sklearn.metrics import log_loss

from models.severity import artifacts, benchmark, benchmark_files
from models.severity.data.population import CLASSES
from models.severity.evaluation.decision_rules import TUNED_RULE
from models.severity.evaluation.predictions import PROBABILITIES
from models.severity.study import Study, StudySettings, run_study
from models.severity.tracking import sealed_test
from models.severity.tracking.csv_log import read_lines
from tests.architecture.tree import REPOSITORY

QUICK = StudySettings(
    rounds=12, early_stopping_rounds=5, n_bootstrap=5, trees=5, backtest_windows=1, min_case_age_days=730
)
FOLDER = REPOSITORY / "benchmark" / "severity-v1"


@cache
def frame() -> pd.DataFrame:
    # The newest accident is of 2025, so those of 2022 and 2023 are closed.
    return feature_table(1800, years=26)


@cache
def study() -> Study:
    return run_study(frame(), QUICK)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the files of the study, the feature table, and those of the benchmark in `benchmark`."""
    folder = tmp_path_factory.mktemp("files")
    artifacts.write_artifacts(study(), folder / "study", artifacts.identity(study(), frame(), "0123456789abcdef"))
    frame().to_parquet(folder / "features.parquet")
    lines = list(benchmark_files.write_files(folder / "study", folder / "features.parquet", folder / "benchmark"))
    assert len(lines) == 4
    return folder


def submission(files: Path, part: str = "test") -> pd.DataFrame:
    rows = pd.read_csv(files / "benchmark" / "reference.csv", dtype={"ev_id": str})
    return rows[rows["part"] == part].drop(columns="part").reset_index(drop=True)


def evaluate(files: Path, rows: pd.DataFrame, *options: str) -> subprocess.CompletedProcess[str]:
    rows.to_csv(files / "submission.csv", index=False)
    command = [sys.executable, str(FOLDER / "evaluate.py"), str(files / "submission.csv")]
    options = ("--folder", str(files / "benchmark"), "--leaderboard", str(files / "leaderboard.csv"), *options)
    return subprocess.run([*command, *options], capture_output=True, text=True, check=False)


def test_events_are_in_one_part_each_and_labels_of_the_sealed_years_are_in_no_file(files: Path) -> None:
    events = pd.read_csv(files / "benchmark" / "events.csv", dtype=str)
    assert not events["ev_id"].duplicated().any()
    counts = events["part"].value_counts()
    assert {part: counts[part] for part in ("train", "validation", "test")} == {
        part: study().counts[part]["events"] for part in ("train", "validation", "test")
    }
    sealed = events.loc[events["part"] == "sealed", "ev_id"]
    assert len(sealed) > 50 and sealed.str[:4].isin(["2022", "2023"]).all()
    for name in ("labels.csv", "reference.csv"):
        assert not pd.read_csv(files / "benchmark" / name, dtype=str)["ev_id"].isin(sealed).any()
    assert "severity" not in events


def test_the_mask_of_day_7_has_every_feature_and_what_arrives_later(files: Path) -> None:
    mask = pd.read_csv(files / "benchmark" / "day7_mask.csv")
    assert mask["feature"].tolist() == study().features
    assert (mask["missing"] == ~(mask["days"] <= 7)).all()
    assert {"wx_cond_basic", "certificate"} <= set(mask.loc[mask["missing"], "feature"])
    assert "phase" not in set(mask.loc[mask["missing"], "feature"])


def test_the_digest_of_an_event_changes_with_its_features_only() -> None:
    before = benchmark.benchmark_events(frame(), study().features)
    changed = frame().assign(
        severity=np.random.default_rng(1).permutation(frame()["severity"]), total_hours=frame()["total_hours"] + 1
    )
    after = benchmark.benchmark_events(changed, study().features)
    has_hours = frame().set_index("ev_id").loc[before["ev_id"], "total_hours"].notna().to_numpy()
    assert ((before["features_sha256"] != after["features_sha256"]).to_numpy() == has_hours).all()


def test_the_reference_differs_by_nothing_from_itself_and_has_the_metrics_of_the_study(files: Path) -> None:
    result = evaluate(files, submission(files), "--name", "reference")
    assert result.returncode == 0, result.stderr
    evaluation = json.loads(result.stdout)
    assert evaluation["minus_reference"]["log_loss"] == {"difference": 0.0, "interval": [0.0, 0.0]}
    stated = study().metrics[study().primary_model]["test"]
    assert evaluation["metrics"]["log_loss"] == pytest.approx(stated["log_loss"], abs=2e-6)
    (line,) = read_lines(files / "leaderboard.csv")
    assert line["name"] == "reference" and line["events_id"] == study().test_id
    assert line["difference"] == "0.0000"


def test_a_better_submission_has_a_difference_below_zero(files: Path) -> None:
    rows = submission(files)
    truth = frame().set_index("ev_id").loc[rows["ev_id"], "severity"].map(CLASSES.index).to_numpy()
    rows[list(PROBABILITIES)] = 0.7 * rows[list(PROBABILITIES)] + 0.3 * np.eye(4)[truth]
    evaluation = json.loads(evaluate(files, rows.sample(frac=1, random_state=1), "--name", "better").stdout)
    assert evaluation["minus_reference"]["log_loss"]["interval"][1] < 0
    assert evaluation["metrics"]["log_loss"] == pytest.approx(
        log_loss(truth, rows[list(PROBABILITIES)].to_numpy(), labels=range(4)), abs=1e-5
    )


def test_every_problem_of_a_submission_is_reported(files: Path) -> None:
    rows = submission(files)
    rows.loc[0, "p_none"] = 1.5
    rows.loc[1, "p_fatl"] = np.nan
    rows.loc[2, "ev_id"] = "19990101X00001"
    rows = pd.concat([rows, rows.tail(1)])
    result = evaluate(files, rows, "--name", "invalid")
    assert result.returncode == 1 and result.stdout == ""
    for problem in ("1 repeated events", "1 events of the part without a row", "1 rows of other events", "not 1"):
        assert problem in result.stderr
    assert "no p_fatl" in evaluate(files, submission(files).drop(columns="p_fatl"), "--name", "invalid").stderr
    assert "invalid" not in {line["name"] for line in read_lines(files / "leaderboard.csv")}
    (files / "empty.csv").write_text("")
    with pytest.raises(benchmark.InvalidSubmission, match=r"empty\.csv: expected a CSV file"):
        benchmark.read_submission(files / "empty.csv", rows["ev_id"])


def test_every_evaluation_on_test_is_recorded_and_those_on_validation_need_not_be(files: Path) -> None:
    before = read_lines(files / "leaderboard.csv")
    result = evaluate(files, submission(files))
    assert result.returncode == 2 and "--name is required" in result.stderr
    options = ("--part", "validation", "--record", "day-7")
    result = evaluate(files, submission(files, "validation, day-7"), *options)
    assert result.returncode == 0, result.stderr
    assert json.loads(result.stdout)["minus_reference"]["log_loss"]["difference"] == 0
    assert read_lines(files / "leaderboard.csv") == before


def test_a_study_of_other_years_is_not_the_benchmark(files: Path, tmp_path: Path) -> None:
    shutil.copytree(files / "study", tmp_path / "study")
    results = json.loads((tmp_path / "study" / "metrics.json").read_text())
    results["settings"]["test_year"] = 2018
    (tmp_path / "study" / "metrics.json").write_text(json.dumps(results))
    with pytest.raises(benchmark_files.OtherStudy, match="test_year: expected 2019, found 2018"):
        list(benchmark_files.write_files(tmp_path / "study", files / "features.parquet", tmp_path / "benchmark"))


def test_the_sealed_period_is_opened_once_and_recorded(files: Path, tmp_path: Path) -> None:
    record = tmp_path / "kept" / "sealed_test.csv"
    results = json.loads((files / "study" / "metrics.json").read_text())
    assert results["leakage_warnings"] == results["not_evaluated"] == []
    arguments = record, files / "study", files / "features.parquet"
    with pytest.raises(sealed_test.SealedTest, match="expected a reason"):
        sealed_test.open_sealed(*arguments, " ", "2026-01-01")
    line = sealed_test.open_sealed(*arguments, "the recipe is\nfrozen", "2026-01-02")
    assert [read for read in read_lines(record)] == [line]
    assert line["reason"] == "the recipe is frozen" and line["opened"] == "2026-01-02"
    events = benchmark.sealed_events(frame())
    truth = events["severity"].map(CLASSES.index).to_numpy()
    expected = log_loss(truth, study().deployed.probabilities(events), labels=range(4))
    assert float(line["log_loss"]) == pytest.approx(expected, abs=1e-6)
    assert float(line["log_loss_low"]) < expected < float(line["log_loss_high"])
    with pytest.raises(sealed_test.SealedTest, match="expected never opened, found opened on 2026-01-02"):
        sealed_test.open_sealed(*arguments, "once more", "2026-01-03")
    assert len(read_lines(record)) == 1


def test_the_sealed_period_is_not_opened_by_a_model_fitted_on_it_or_with_warnings(files: Path, tmp_path: Path) -> None:
    shutil.copytree(files / "study", tmp_path / "study")
    results = json.loads((tmp_path / "study" / "metrics.json").read_text())
    results["settings"]["last_year"] = 2022
    results["leakage_warnings"] = ["xgboost: fatal_roc_auc: too high"]
    (tmp_path / "study" / "metrics.json").write_text(json.dumps(results))
    with pytest.raises(sealed_test.SealedTest) as error:
        sealed_test.open_sealed(
            tmp_path / "sealed.csv", tmp_path / "study", files / "features.parquet", "now", "2026-01-01"
        )
    assert "last_year: expected 2021, found 2022" in str(error.value) and "too high" in str(error.value)
    assert not (tmp_path / "sealed.csv").exists()


def test_the_sealed_period_is_not_opened_with_another_feature_table(files: Path, tmp_path: Path) -> None:
    other = frame().assign(total_hours=frame()["total_hours"] + 1)
    other.to_parquet(tmp_path / "features.parquet")
    arguments = (tmp_path / "sealed.csv", files / "study", tmp_path / "features.parquet", "now", "2026-01-01")
    with pytest.raises(sealed_test.SealedTest, match="expected the table of the study"):
        sealed_test.open_sealed(*arguments)
    assert not (tmp_path / "sealed.csv").exists()
    # Following the advice, with the table that the study reads, opens it.
    sealed_test.open_sealed(arguments[0], files / "study", files / "features.parquet", "now", "2026-01-01")


def check(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(REPOSITORY / "benchmark" / "check.py"), str(folder)]
    return subprocess.run(command, capture_output=True, text=True, cwd=folder, check=False)


def test_scikit_learn_alone_reproduces_every_headline_metric_from_the_predictions(files: Path) -> None:
    result = check(files / "study")
    assert result.returncode == 0, result.stdout + result.stderr
    assert int(result.stdout.split()[0].replace(",", "")) > 200 and " 0 differ" in result.stdout


CHANGED = (
    ("metrics", "xgboost", "test", "log_loss"),
    ("metrics", "random forest", "validation", "fatal_roc_auc"),
    ("fatal", "xgboost binary (fatal)", "pr_auc"),
    ("class_calibration", "xgboost", "FATL", "slope"),
    ("backtest", 0, "models", "xgboost", "brier"),
    ("backtest_average", "xgboost", "fatal_roc_auc"),
    ("paired", "logistic regression", "log_loss", "difference"),
    ("decision_rules", TUNED_RULE, "macro_f1"),
    ("conformal_sets", "thresholds", "SERS"),
    ("conformal_sets", "coverage_by_class", "FATL", "observed_share"),
)


def test_every_metric_that_the_predictions_do_not_give_is_found(files: Path, tmp_path: Path) -> None:
    shutil.copy(files / "study" / "predictions.parquet", tmp_path)
    results = json.loads((files / "study" / "metrics.json").read_text())
    for *keys, last in CHANGED:
        table = results
        for key in keys:
            table = table[key]
        table[last] += 0.0001
    (tmp_path / "metrics.json").write_text(json.dumps(results))
    result = check(tmp_path)
    assert result.returncode == 1 and f" {len(CHANGED)} differ" in result.stdout, result.stdout


def test_the_independent_check_imports_nothing_of_the_project() -> None:
    tree = ast.parse((REPOSITORY / "benchmark" / "check.py").read_text())
    modules = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    modules |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    allowed = {"json", "sys", "collections", "pathlib", "typing", "numpy", "pandas", "sklearn"}
    assert {name.split(".")[0] for name in modules} <= allowed


def test_the_leaderboard_has_the_columns_of_the_evaluation() -> None:
    header = (FOLDER / "leaderboard.csv").read_text().splitlines()[0]
    assert header.split(",") == list(benchmark.LEADERBOARD)
