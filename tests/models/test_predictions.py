"""`predictions.parquet` contains what every metric is computed from: scikit-learn alone gives the same numbers."""

from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from severity_frame import feature_table
from sklearn import metrics as sklearn_metrics

from models.severity import artifacts
from models.severity.data.encoding import fit_encoder
from models.severity.estimators.xgboost_multiclass import BoostedModel
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
    parts = [*windows, "test", "validation"]
    assert sorted(set(predictions["part"])) == sorted([*parts, *(f"{part}, day-7" for part in parts)])


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


def test_every_model_is_saved_and_gives_its_predictions_again(tmp_path: Path, predictions: pd.DataFrame) -> None:
    artifacts.write_artifacts(study(), tmp_path, artifacts.identity(study(), feature_table(1000), "x"))
    test = predictions[predictions["part"] == "test"]
    for name in study().metrics:
        rows = test[test["model"] == name]
        model = artifacts.load_model(tmp_path, name)
        np.testing.assert_array_equal(model.probabilities(study().split.test), rows[PROBABILITIES].to_numpy())
    files = {path.name for path in (tmp_path / "models").iterdir()}
    assert files == {f"{name.replace(' ', '_')}.joblib" for name in [*study().metrics, artifacts.DEPLOYED]}


def test_equal_studies_give_equal_files_of_models(tmp_path: Path) -> None:
    again = run_study(feature_table(1000).sample(frac=1, random_state=2), QUICK)
    for folder, result in (("one", study()), ("two", again)):
        artifacts.write_artifacts(result, tmp_path / folder, artifacts.identity(result, feature_table(1000), "x"))
    for path in (tmp_path / "one" / "models").iterdir():
        assert path.read_bytes() == (tmp_path / "two" / "models" / path.name).read_bytes(), path.name


def test_the_deployed_model_is_fitted_on_all_years_with_the_same_recipe(tmp_path: Path) -> None:
    artifacts.write_artifacts(study(), tmp_path, artifacts.identity(study(), feature_table(1000), "x"))
    deployed = artifacts.load_model(tmp_path, artifacts.DEPLOYED)
    split = study().split
    events = pd.concat([split.train, split.validation, split.test]).sort_values("ev_id", ignore_index=True)
    settings = QUICK.model_settings(QUICK.boosting_settings())
    encoder = fit_encoder(events, study().model.encoder.features, QUICK.min_category_count)
    expected = BoostedModel.refit(study().model, events, encoder, settings)
    np.testing.assert_array_equal(deployed.probabilities(events), expected.probabilities(events))
    assert deployed.rounds == study().rounds
    assert (deployed.probabilities(events) != study().model.probabilities(events)).any()
