"""Tracking, in a real SQLite store whose path has a blank."""

import json
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from severity_frame import feature_table

from models import logged, tracking
from models.study import Study, StudySettings, run_study

SETTINGS = StudySettings(rounds=10, early_stopping_rounds=3, bootstrap_draws=5)
TAGS = {"stamp": "0123456789abcdef", "release": "r1", "snapshot": "s1"}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str | None]:
    return logged.addresses("", tmp_path_factory.mktemp("a store"))


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    return feature_table(400)


@pytest.fixture(scope="module")
def study(frame: pd.DataFrame) -> Study:
    return run_study(frame, SETTINGS)


@pytest.fixture(scope="module")
def run_id(store: tuple[str, str | None], study: Study, frame: pd.DataFrame) -> str:
    assert not logged.is_logged(store[0], TAGS["stamp"])
    return tracking.log_study(study, frame, *store, TAGS, {"seed": 1})


def test_what_is_logged_once_is_not_logged_again(
    store: tuple[str, str | None], study: Study, frame: pd.DataFrame, run_id: str
) -> None:
    import mlflow

    before = len(mlflow.search_runs(search_all_experiments=True))
    assert logged.is_logged(store[0], TAGS["stamp"])
    assert not logged.is_logged(store[0], "another stamp")
    assert tracking.log_study(study, frame, *store, TAGS, {"seed": 1}) == run_id
    assert len(mlflow.search_runs(search_all_experiments=True)) == before == 3


def test_the_run_has_knobs_tags_figures_and_the_digest(store: tuple[str, str | None], run_id: str) -> None:
    import mlflow

    client = mlflow.MlflowClient(store[0])
    run = client.get_run(run_id)
    assert client.get_experiment(run.info.experiment_id).name == "severity/four-class/T1"
    assert run.data.params["seed"] == "1"
    assert {"release", "snapshot", "stamp", "moment"} <= set(run.data.tags)
    assert {"test/log_loss", "test/log_loss_low", "test/recall_FATL", "validation/log_loss"} <= set(run.data.metrics)
    assert len(run.inputs.dataset_inputs[0].dataset.digest) == 16
    files = {file.path for file in client.list_artifacts(run_id)}
    assert {"metrics.json", "encoding.json", "confusion"} <= files


def test_the_champion_gives_what_the_study_gave(store: tuple[str, str | None], study: Study, run_id: str) -> None:
    import mlflow

    assert study.alarms == []
    model = mlflow.pyfunc.load_model("models:/severity@champion")
    assert model.metadata.signature is not None
    found = model.predict(study.model.encoder.matrix(study.example))
    assert abs(found - study.model.probabilities(study.example)).max() < 1e-6


def test_with_alarms_a_model_is_a_challenger_and_says_why(
    store: tuple[str, str | None], study: Study, frame: pd.DataFrame, run_id: str
) -> None:
    import mlflow

    champion = mlflow.MlflowClient(store[0]).get_model_version_by_alias("severity", "champion").version
    leaky = run_study(frame.assign(total_seats=frame["severity"].map({"FATL": 1.0}).fillna(0.0)), SETTINGS)
    client = mlflow.MlflowClient(store[0])
    run = client.get_run(tracking.log_study(leaky, frame, *store, TAGS | {"stamp": "another"}, {"seed": 1}))
    assert run.data.tags["alias"] == "challenger"
    assert "total_seats" in run.data.tags["alarms"]
    assert client.get_model_version_by_alias("severity", "champion").version == champion


def test_a_run_whose_artifacts_are_gone_is_not_logged(
    store: tuple[str, str | None], study: Study, frame: pd.DataFrame, run_id: str
) -> None:
    import mlflow

    stamp = {"stamp": "cut"}
    lost = mlflow.MlflowClient(store[0]).get_run(tracking.log_study(study, frame, *store, TAGS | stamp, {}))
    folder = Path(mlflow.artifacts.download_artifacts(lost.info.artifact_uri))
    folder.rename(folder.with_name("gone"))
    assert not logged.is_logged(store[0], "cut")
    again = tracking.log_study(study, frame, *store, TAGS | stamp, {})
    assert again != lost.info.run_id
    assert logged.is_logged(store[0], "cut")


def test_asking_does_not_import_what_is_slow(store: tuple[str, str | None], run_id: str) -> None:
    code = (
        "import json, sys; from models import logged; "
        f"print(json.dumps([logged.is_logged({store[0]!r}, {TAGS['stamp']!r}), "
        "[name for name in ('mlflow', 'xgboost', 'pandas', 'matplotlib') if name in sys.modules]]))"
    )
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == [True, []]
