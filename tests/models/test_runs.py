"""What a run holds, for whoever browses: both questions, tuned knobs, the table's digest, what the model needs."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from logbook import SETTINGS, TAGS, Logbook

from models.severity import artifacts
from models.severity.evaluation.report import FATAL_MODEL
from models.severity.study import Study, run_study


def runs(experiment: str, fingerprint: str) -> pd.DataFrame:
    import mlflow

    return mlflow.search_runs(experiment_names=[experiment], filter_string=f"tags.fingerprint_begun = '{fingerprint}'")


def files(client: Any, run_id: str, path: str | None = None) -> set[str]:
    """Every file of a run, as deep as it goes."""
    found: set[str] = set()
    for each in client.list_artifacts(run_id, path):
        found |= files(client, run_id, each.path) if each.is_dir else {each.path}
    return found


def test_fatal_yes_or_no_is_an_experiment_of_its_own(study: Study, run_id: str) -> None:
    found = runs("severity/fatal/T1", TAGS["fingerprint"])
    parents = found[found["tags.mlflow.parentRunId"].isna()]
    assert list(parents["tags.fingerprint"]) == [TAGS["fingerprint"]]
    assert parents["metrics.test/roc_auc"].iloc[0] == pytest.approx(study.fatal[FATAL_MODEL]["roc_auc"], abs=1e-6)
    assert parents["metrics.test/f1_low"].notna().all() and parents["params.seed"].iloc[0] == "1"
    assert parents["tags.decision_rule"].iloc[0] == study.fatal[FATAL_MODEL]["decision_rule"]
    children = found[found["tags.mlflow.parentRunId"] == parents["run_id"].iloc[0]]
    assert sorted(children["tags.model"]) == sorted(set(study.fatal) - {FATAL_MODEL})


def test_the_run_has_a_signature_an_example_an_environment_and_pictures_with_their_values(
    store: tuple[str, str | None], study: Study, frame: pd.DataFrame, run_id: str
) -> None:
    import mlflow

    client = mlflow.MlflowClient(store[0])
    model = mlflow.models.get_model_info("models:/severity@champion")
    assert [column.name for column in model.signature.inputs.inputs] == study.features
    assert len(mlflow.models.Model.load(model.model_uri).load_input_example()) == len(study.example)
    needs = Path(mlflow.pyfunc.get_model_dependencies("models:/severity@champion")).read_text()
    assert all(f"{name}==" in needs for name in ("xgboost", "numpy", "pandas", "mlflow"))
    there = files(client, run_id)
    pictures = [name for name in there if name.endswith(".png")]
    assert len(pictures) == 3 + len(study.metrics)
    assert [name for name in pictures if name.replace(".png", ".json") not in there] == []
    dataset = client.get_run(run_id).inputs.dataset_inputs[0].dataset
    assert (dataset.name, dataset.digest) == ("event_features", artifacts.table_digest(frame))
    assert json.loads(dataset.schema)["mlflow_colspec"]


def test_the_knobs_that_tuning_chose_stand_beside_those_that_were_asked_for(
    book: Logbook, store: tuple[str, str | None], frame: pd.DataFrame, run_id: str
) -> None:
    import mlflow

    tuned = run_study(frame, replace(SETTINGS, trials=2))
    params = mlflow.MlflowClient(store[0]).get_run(book.log(tuned, frame, fingerprint="tuned knobs")).data.params
    assert tuned.tuning is not None
    assert params["tuned_max_depth"] == str(tuned.tuning["best"]["max_depth"])
    assert {f"tuned_{name}" for name in tuned.tuning["best"]} <= set(params)


def test_a_run_that_was_cut_short_gives_the_champion_back(
    book: Logbook, store: tuple[str, str | None], study: Study, frame: pd.DataFrame, run_id: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    import mlflow

    client, before = mlflow.MlflowClient(store[0]), book.champion()
    ready = mlflow.set_tag

    def cut(key: str, value: Any) -> None:
        if key == "fingerprint":
            raise KeyboardInterrupt
        ready(key, value)

    monkeypatch.setattr(mlflow, "set_tag", cut)
    # Eight publications later, so that the same model takes the place.
    with pytest.raises(KeyboardInterrupt):
        book.log(study, frame, fingerprint="cut short", release="r9")
    assert book.champion() != before
    monkeypatch.undo()
    again = book.log(study, frame, fingerprint="cut short", release="r9")
    last = book.decisions()[-1]
    assert last["champion_before"] == before and "publications old" in last["reason"]
    assert [each.run_id for each in client.search_model_versions("name = 'severity'") if each.run_id == again]
    found = runs("severity/fatal/T1", "cut short")
    assert len(found[found["tags.fingerprint"] == "cut short"]) == 1
