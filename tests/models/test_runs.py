"""What an MLflow run contains: params, tags, metrics, dataset digest, artifacts, child runs and the model."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from studies import SMALL
from tracking_store import TAGS, TrackingStore

from models.severity import artifacts
from models.severity.data.population import CLASSES
from models.severity.estimators.boosting import tree_parameters
from models.severity.estimators.compared import MODELS, Role
from models.severity.evaluation.report import FATAL_MODEL
from models.severity.study import Study, run_study
from pipeline.config import Training

NOTE = "mlflow.note.content"


@pytest.fixture(autouse=True)
def tracking_uri(store: TrackingStore) -> None:
    """Every test ends with the default address."""
    import mlflow

    mlflow.set_tracking_uri(store.uri)


def search_runs(experiment: str, fingerprint: str) -> pd.DataFrame:
    import mlflow

    return mlflow.search_runs(experiment_names=[experiment], filter_string=f"tags.fingerprint_begun = '{fingerprint}'")


def list_files(client: Any, run_id: str, path: str | None = None) -> set[str]:
    """Paths of all artifacts of a run, recursively."""
    paths: set[str] = set()
    for artifact in client.list_artifacts(run_id, path):
        paths |= list_files(client, run_id, artifact.path) if artifact.is_dir else {artifact.path}
    return paths


def test_a_run_has_params_tags_metrics_and_artifacts(store: TrackingStore, run_id: str) -> None:
    import mlflow

    client = mlflow.MlflowClient(store.uri)
    run = client.get_run(run_id)
    assert client.get_experiment(run.info.experiment_id).name == "severity/four-class/T1"
    assert run.data.params["seed"] == "1"
    tags = {"release", "snapshot", "fingerprint", "prediction_time", "split_id", "model_digest", "features_digest"}
    assert tags | {"promotion"} <= set(run.data.tags)
    metrics = {"test/log_loss", "test/log_loss_skill_high", "test/recall_FATL_low", "validation/log_loss_low"}
    assert metrics <= set(run.data.metrics)
    files = {file.path for file in client.list_artifacts(run_id)}
    assert {"metrics.json", "encoding.json", "confusion", "explanation", "model_card.md", "tripod.md"} <= files


def test_binary_metrics_are_a_separate_experiment(study: Study, run_id: str) -> None:
    runs = search_runs("severity/fatal/T1", TAGS["fingerprint"])
    parents = runs[runs["tags.mlflow.parentRunId"].isna()]
    assert list(parents["tags.fingerprint"]) == [TAGS["fingerprint"]]
    assert parents["metrics.test/roc_auc"].iloc[0] == pytest.approx(study.fatal[FATAL_MODEL]["roc_auc"], abs=1e-6)
    assert parents["metrics.test/f1_low"].notna().all() and parents["params.seed"].iloc[0] == "1"
    assert parents["tags.decision_rule"].iloc[0] == study.fatal[FATAL_MODEL]["decision_rule"]
    children = runs[runs["tags.mlflow.parentRunId"] == parents["run_id"].iloc[0]]
    assert sorted(children["tags.model"]) == sorted(set(study.fatal) - {FATAL_MODEL})


def test_the_registered_model_has_signature_example_and_requirements(
    store: TrackingStore, study: Study, run_id: str
) -> None:
    import mlflow

    mlflow.set_tracking_uri(store.uri)
    model = mlflow.models.get_model_info("models:/severity@champion")
    assert [column.name for column in model.signature.inputs.inputs] == study.features
    assert [column.name for column in model.signature.outputs.inputs] == [*CLASSES, "predicted"]
    assert len(mlflow.models.Model.load(model.model_uri).load_input_example()) == len(study.example)
    requirements = Path(mlflow.pyfunc.get_model_dependencies("models:/severity@champion")).read_text()
    assert re.findall(r"^(mlflow|numpy|pandas|xgboost)(?:-cpu)?==[\d.]+$", requirements, re.MULTILINE) == [
        *("mlflow", "numpy", "pandas", "xgboost")
    ]


def test_every_plot_is_logged_with_its_values(store: TrackingStore, study: Study, run_id: str) -> None:
    import mlflow

    files = list_files(mlflow.MlflowClient(store.uri), run_id)
    plots = [name for name in files if name.endswith(".png")]
    assert len(plots) == 3 + len(study.metrics)
    assert [name for name in plots if name.replace(".png", ".json") not in files] == []


def test_the_table_and_its_partitions_are_logged_with_their_digests(
    store: TrackingStore, study: Study, frame: pd.DataFrame, run_id: str
) -> None:
    import mlflow

    inputs = mlflow.MlflowClient(store.uri).get_run(run_id).inputs.dataset_inputs
    digests = {tag.value: item.dataset.digest for item in inputs for tag in item.tags if tag.key.endswith("context")}
    split = study.split
    parts = {"study": frame, "training": split.train, "validation": split.validation, "test": split.test}
    assert digests == {name: artifacts.table_digest(events) for name, events in parts.items()}
    assert {item.dataset.name for item in inputs} == {"event_features"}
    assert all(json.loads(item.dataset.schema)["mlflow_colspec"] for item in inputs)


def test_every_hyperparameter_is_a_setting(study: Study) -> None:
    """Those of XGBoost, as it was trained, are in luigi.cfg and in the study's settings."""
    hidden = {"tree_method", "nthread", "verbosity"}
    names = {"lambda": "reg_lambda"}
    parameters = tree_parameters(study.settings.boosting_settings())
    missing = {names.get(name, name) for name in parameters} - hidden - set(dict(Training().get_params()))
    assert missing == set()
    assert study.to_dict()["settings"]["min_child_weight"] == 5


def test_the_card_in_mlflow_counts_the_models_evaluated_on_the_test_set(store: TrackingStore, run_id: str) -> None:
    import mlflow

    run = mlflow.MlflowClient(store.uri).get_run(run_id)
    card = mlflow.artifacts.load_text(f"{run.info.artifact_uri}/model_card.md")
    assert "1 model was evaluated on this test set, this one included." in card
    assert run.data.tags["test_evaluations"] == "1" and run.data.tags["test_id"] in card
    assert run.data.tags["mlflow.note.content"].startswith("# Model card")


def test_tuned_settings_are_params_and_trials_are_child_runs(
    store: TrackingStore, frame: pd.DataFrame, run_id: str
) -> None:
    import mlflow

    study = run_study(frame, replace(SMALL, trials=2))
    parent = store.log(study, frame, fingerprint="tuned")
    params = mlflow.MlflowClient(store.uri).get_run(parent).data.params
    assert study.tuning is not None
    assert params["tuned_max_depth"] == str(study.tuning["best"]["max_depth"])
    assert {f"tuned_{name}" for name in study.tuning["best"]} <= set(params)
    trials = mlflow.search_runs(
        search_all_experiments=True, filter_string=f"tags.mlflow.parentRunId = '{parent}' and tags.trial = 'yes'"
    )
    assert sorted(trials["tags.mlflow.runName"]) == ["trial 0", "trial 1"]
    assert trials["params.max_depth"].notna().all()


def test_after_an_interrupted_run_the_previous_champion_is_restored(
    store: TrackingStore, study: Study, frame: pd.DataFrame, run_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import mlflow

    client, before = mlflow.MlflowClient(store.uri), store.champion()
    set_tag = mlflow.set_tag

    def interrupt(key: str, value: Any) -> None:
        if key == "fingerprint":
            raise KeyboardInterrupt
        set_tag(key, value)

    monkeypatch.setattr(mlflow, "set_tag", interrupt)
    # Eight publications later, so that the same model is promoted.
    with pytest.raises(KeyboardInterrupt):
        store.log(study, frame, fingerprint="interrupted", release="r9")
    assert store.champion() != before
    monkeypatch.undo()
    again = store.log(study, frame, fingerprint="interrupted", release="r9")
    decision = store.decisions()[-1]
    assert decision["champion_before"] == before and "publications old" in decision["reason"]
    assert [version for version in client.search_model_versions("name = 'severity'") if version.run_id == again]
    runs = search_runs("severity/fatal/T1", "interrupted")
    assert len(runs[runs["tags.fingerprint"] == "interrupted"]) == 1


def test_a_version_names_the_model_fitted_on_all_closed_years(
    store: TrackingStore, study: Study, run_id: str, frame: pd.DataFrame
) -> None:
    import mlflow

    client = mlflow.MlflowClient(store.uri)
    version = client.get_model_version("severity", "1")
    assert version.description and client.get_registered_model("severity").description
    deployed = mlflow.pyfunc.load_model(version.tags["deployed_model"]).predict(frame)
    expected = study.deployed.probabilities(frame)
    assert deployed[list(CLASSES)].to_numpy() == pytest.approx(expected, abs=0)


def children(store: TrackingStore, run_id: str) -> list[Any]:
    import mlflow

    client = mlflow.MlflowClient(store.uri)
    experiments = [experiment.experiment_id for experiment in client.search_experiments()]
    return list(client.search_runs(experiments, f"tags.mlflow.parentRunId = '{run_id}'"))


def test_every_experiment_run_and_model_has_a_description(store: TrackingStore, run_id: str) -> None:
    import mlflow

    client = mlflow.MlflowClient(store.uri)
    experiments = [entry for entry in client.search_experiments() if entry.name != "Default"]
    assert sorted(entry.name for entry in experiments) == ["severity/fatal/T1", "severity/four-class/T1"]
    assert [entry.name for entry in experiments if "first notification" not in entry.tags.get(NOTE, "")] == []
    runs = client.search_runs([entry.experiment_id for entry in experiments])
    assert len(runs) > 8
    assert [run.info.run_name for run in runs if not run.data.tags.get(NOTE)] == []
    for model in client.search_registered_models():
        assert model.description
        assert all(version.description for version in client.search_model_versions(f"name = '{model.name}'"))


def test_child_runs_have_the_role_and_the_settings_of_their_model(
    store: TrackingStore, study: Study, run_id: str
) -> None:
    runs = {run.data.tags["model"]: run for run in children(store, run_id) if "model" in run.data.tags}
    entries = {entry.name: entry for entry in MODELS if entry.role != Role.PRIMARY}
    assert set(runs) == set(entries)
    for name, entry in entries.items():
        expected = {setting: str(getattr(SMALL, setting)) for setting in entry.family.hyperparameters}
        assert runs[name].data.params == {"role": str(entry.role), **expected}, name
        assert runs[name].data.tags[NOTE].startswith(name)


def test_descriptions_of_made_up_data_begin_with_the_notice(
    store: TrackingStore, study: Study, frame: pd.DataFrame
) -> None:
    parent = store.log(study, frame, fingerprint="made-up", notice="Made up.")
    runs = children(store, parent)
    assert runs and all(run.data.tags[NOTE].startswith("**Made up.**") for run in runs)
