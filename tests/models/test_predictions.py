"""`predictions.parquet` contains what every metric is computed from: scikit-learn alone gives the same numbers."""

from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from severity_frame import feature_table
from sklearn import metrics as sklearn_metrics

from models.severity import artifacts
from models.severity.study import Study, StudySettings, run_study

QUICK = StudySettings(rounds=15, early_stopping_rounds=5, n_bootstrap=5, trees=5, backtest_windows=2)
CLASSES = ["NONE", "MINR", "SERS", "FATL"]
PROBABILITIES = ["p_none", "p_minr", "p_sers", "p_fatl"]


@cache
def study() -> Study:
    return run_study(feature_table(1000), QUICK)


@pytest.fixture(scope="module")
def predictions(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    folder = tmp_path_factory.mktemp("study")
    artifacts.write_artifacts(study(), folder, artifacts.identity(study(), feature_table(1000), "x"))
    first = (folder / "predictions.parquet").read_bytes()
    artifacts.write_artifacts(study(), folder, artifacts.identity(study(), feature_table(1000), "x"))
    assert (folder / "predictions.parquet").read_bytes() == first
    return pd.read_parquet(Path(folder, "predictions.parquet"))


def test_every_model_predicts_every_event_of_every_part_once(predictions: pd.DataFrame) -> None:
    assert not predictions.duplicated(["part", "model", "ev_id"]).any()
    sizes = predictions.groupby(["part", "model"]).size()
    for part in ("validation", "test"):
        assert set(sizes[part].index) == set(study().fatal)
        assert set(sizes[part]) == {study().counts[part]["events"]}
    windows = [f"backtest {window['first_year']}-{window['last_year']}" for window in study().backtest]
    assert sorted(set(predictions["part"])) == sorted([*windows, "test", "validation"])


def test_scikit_learn_computes_the_same_metrics(predictions: pd.DataFrame) -> None:
    for part in ("validation", "test"):
        for model, evaluations in study().metrics.items():
            rows = predictions[(predictions["part"] == part) & (predictions["model"] == model)]
            truth = rows["severity"].map(CLASSES.index).to_numpy()
            shares = rows[PROBABILITIES].to_numpy()
            expected = evaluations[part]
            assert sklearn_metrics.log_loss(truth, shares, labels=range(4)) == pytest.approx(expected["log_loss"])
            assert sklearn_metrics.roc_auc_score(truth == 3, shares[:, 3]) == pytest.approx(expected["fatal_roc_auc"])
            assert (shares.argmax(axis=1) == truth).mean() == pytest.approx(expected["accuracy"])


def test_the_backtest_and_the_binary_model_can_be_computed_too(predictions: pd.DataFrame) -> None:
    window = study().backtest[0]
    part = f"backtest {window['first_year']}-{window['last_year']}"
    rows = predictions[(predictions["part"] == part) & (predictions["model"] == "xgboost")]
    truth = rows["severity"].map(CLASSES.index).to_numpy()
    loss = -np.log(rows[PROBABILITIES].to_numpy()[range(len(rows)), truth]).mean()
    assert loss == pytest.approx(window["models"]["xgboost"]["log_loss"])
    (binary,) = set(study().fatal) - set(study().metrics)
    rows = predictions[(predictions["part"] == "test") & (predictions["model"] == binary)]
    assert rows["p_none"].isna().all()
    expected = study().fatal[binary]["roc_auc"]
    assert sklearn_metrics.roc_auc_score(rows["severity"] == "FATL", rows["p_fatl"]) == pytest.approx(expected)
