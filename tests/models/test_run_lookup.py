"""Tracking, in a real SQLite store whose path has a blank."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pandas as pd
from logbook import SETTINGS, TAGS, Logbook

from models.severity.study import Study, run_study
from models.severity.tracking import run_lookup


def test_what_is_logged_once_is_not_logged_again(
    book: Logbook, store: tuple[str, str | None], study: Study, frame: pd.DataFrame, run_id: str
) -> None:
    import mlflow

    before = len(mlflow.search_runs(search_all_experiments=True))
    assert run_lookup.is_logged(store[0], TAGS["fingerprint"])
    assert not run_lookup.is_logged(store[0], "another fingerprint")
    assert book.log(study, frame) == run_id
    assert len(book.decisions()) == 1
    assert len(mlflow.search_runs(search_all_experiments=True)) == before == len(study.metrics) + len(study.fatal)


def test_the_run_has_knobs_tags_figures_and_the_digest(store: tuple[str, str | None], run_id: str) -> None:
    import mlflow

    client = mlflow.MlflowClient(store[0])
    run = client.get_run(run_id)
    assert client.get_experiment(run.info.experiment_id).name == "severity/four-class/T1"
    assert run.data.params["seed"] == "1"
    wanted = {
        "release",
        "snapshot",
        "fingerprint",
        "prediction_time",
        "split_id",
        "model_digest",
        "features_digest",
        "promotion",
    }
    assert wanted <= set(run.data.tags)
    figures = {"test/log_loss", "test/log_loss_skill_high", "test/recall_FATL_low", "validation/log_loss_low"}
    assert figures <= set(run.data.metrics)
    assert len(run.inputs.dataset_inputs[0].dataset.digest) == 16
    files = {file.path for file in client.list_artifacts(run_id)}
    assert {"metrics.json", "encoding.json", "confusion", "explanation", "model_card.md", "tripod.md"} <= files


def test_the_champion_gives_what_the_study_gave(store: tuple[str, str | None], study: Study, run_id: str) -> None:
    import mlflow

    assert study.leakage_warnings == []
    model = mlflow.pyfunc.load_model("models:/severity@champion")
    assert model.metadata.signature is not None
    found = model.predict(study.model.encoder.matrix(study.example))
    assert abs(found - study.model.probabilities(study.example)).max() < 1e-6


def test_trials_are_children(book: Logbook, frame: pd.DataFrame, run_id: str) -> None:
    import mlflow

    tuned = run_study(frame, replace(SETTINGS, trials=2))
    parent = book.log(tuned, frame, fingerprint="tuned")
    found = mlflow.search_runs(
        search_all_experiments=True, filter_string=f"tags.mlflow.parentRunId = '{parent}' and tags.trial = 'yes'"
    )
    assert sorted(found["tags.mlflow.runName"]) == ["trial 0", "trial 1"]
    assert found["params.max_depth"].notna().all()


def test_a_run_whose_artifacts_are_gone_is_not_logged(
    book: Logbook, study: Study, frame: pd.DataFrame, run_id: str
) -> None:
    import mlflow

    client = mlflow.MlflowClient(book.store[0])
    lost = client.get_run(book.log(study, frame, fingerprint="cut"))
    folder = Path(mlflow.artifacts.download_artifacts(lost.info.artifact_uri))
    folder.rename(folder.with_name("gone"))
    assert not run_lookup.is_logged(book.store[0], "cut")
    again = book.log(study, frame, fingerprint="cut")
    assert again != lost.info.run_id
    assert run_lookup.is_logged(book.store[0], "cut")
    assert client.search_model_versions(f"run_id = '{lost.info.run_id}'") == []


def test_asking_does_not_import_what_is_slow(store: tuple[str, str | None], run_id: str) -> None:
    code = (
        "import json, sys; from models import logged; "
        f"print(json.dumps([logged.is_logged({store[0]!r}, {TAGS['fingerprint']!r}), "
        "[name for name in ('mlflow', 'xgboost', 'pandas', 'matplotlib') if name in sys.modules]]))"
    )
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == [True, []]
