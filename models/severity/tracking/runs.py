"""Studies as MLflow runs: one per fingerprint, with params, metrics, dataset digest, artifacts and registered model."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd

from models.severity import model_card
from models.severity.artifacts import DEPLOYED, flatten_metrics, table_digest
from models.severity.estimators.base import ComparedModel
from models.severity.estimators.compared import MODELS, Role
from models.severity.evaluation.report import FATAL_MODEL
from models.severity.study import Study
from models.severity.tracking import model_package, relocation
from models.severity.tracking.model_registry import PromotionTerms, drop_versions, promote_version
from models.severity.tracking.store import LABELS, MAX_RUNS, REGISTERED_NAMES, RUN_COUNT, find_run, open_store

# MLflow's ViewType.ALL, which is imported on demand: active and deleted runs.
ALL_RUNS = 3
# Tag that MLflow shows as the description of an experiment or run.
NOTE = "mlflow.note.content"
# Tag of a model version: address of the model to use, fitted on all closed years.
DEPLOYED_MODEL = "deployed_model"
DESCRIPTION = (
    "Probability of each class of the highest injury (NONE, MINR, SERS, FATL) of an accident in the United States. "
    "Input: rows of event_features. For research only; see the model card of the run."
)


# What an experiment and the runs in it show, by label.
EXPERIMENT_NOTES = {
    "four-class": "Models of the highest injury of an accident in the United States, in four classes, from what is "
    "known at {time}. A run is a study: its metrics, plots and files are those of the primary model. Child runs have "
    "the other models and the trials of tuning. The model card of a run says what it may be used for.",
    "fatal": "The same studies, fatal against all other accidents, from what is known at {time}. A run has the binary "
    "model of fatal injury, its child runs the other models.",
}
TIMES = {"T0": "T0, before the flight", "T1": "T1, the first notification"}
ROLE_NOTES = {
    Role.PRIMARY: "the model that is registered and used for scoring",
    Role.BASELINE: "a baseline that ignores the features",
    Role.FATAL: "a comparison, whose binary model of fatal injury is evaluated separately",
    Role.COMPARISON: "a comparison",
}


def log_study(
    study: Study,
    frame: pd.DataFrame,
    files: Path,
    stores: tuple[str, str | None],
    tags: Mapping[str, str],
    params: Mapping[str, Any],
    terms: PromotionTerms,
) -> str:
    """Log the study and return the run id; if a finished run has the same `fingerprint`, return its id instead.

    `frame`: the feature table, for its digest. `files`: the folder written by `artifacts.write_artifacts`, all of it
    logged. `stores`: tracking URI and artifact root. `tags`: `fingerprint` is required; release, snapshot, commit and
    digests are added as they are. `params`: every setting. `terms`: how a champion is chosen.
    """
    tracking_uri, artifact_root = stores
    relocation.relocate(tracking_uri, artifact_root)
    if run_id := find_run(tracking_uri, tags["fingerprint"]):
        return run_id
    mlflow = open_store(tracking_uri)
    client, table, prediction_time = mlflow.MlflowClient(), _dataset(mlflow, frame), study.settings.prediction_time
    experiment, fatal = (_experiment(client, label, prediction_time, artifact_root) for label in LABELS)
    _delete_incomplete_runs(client, [experiment, fatal], tags["fingerprint"])
    run_tags = {name: text for name, text in tags.items() if name != "fingerprint"}
    run_tags |= {"fingerprint_begun": tags["fingerprint"], "prediction_time": prediction_time} | _run_count(study)
    _log_fatal(mlflow, study, table, fatal, run_tags, params)
    with mlflow.start_run(experiment_id=experiment, run_name=f"severity {tags['fingerprint']}", tags=run_tags) as run:
        tuned = (study.tuning or {}).get("best", {})
        mlflow.log_params({**params, **{f"tuned_{name}": value for name, value in tuned.items()}})
        _log_datasets(mlflow, study, table)
        _log_files(mlflow, files, terms.evaluations, tags.get("notice", ""))
        _log_metrics(mlflow, study, experiment, run_tags)
        promote_version(mlflow, study, _register_model(mlflow, client, study), tags, terms)
        # Last, so that an incomplete run never has the fingerprint.
        mlflow.set_tag("fingerprint", tags["fingerprint"])
    return str(run.info.run_id)


def _log_files(mlflow: Any, files: Path, evaluations: int, notice: str) -> None:
    """Log the files of the study, and a card with the number of models evaluated on the test set.

    The card and the description of the run begin with the notice.
    """
    mlflow.log_artifacts(str(files))
    card = f"**{notice}**\n\n" * bool(notice) + model_card.render_cards(files, evaluations)["model_card.md"]
    mlflow.log_text(card, "model_card.md")
    # The description is the card up to its data: MLflow limits the length.
    mlflow.set_tags({"test_evaluations": evaluations, NOTE: card.partition("## Data")[0]})


def _run_count(study: Study) -> dict[str, str]:
    """Return the tag with the number of runs of a study: one per model and label, and one per trial."""
    return {RUN_COUNT: str(len(study.metrics) + len(study.fatal) + len((study.tuning or {}).get("trials", ())))}


def _experiment(client: Any, label: str, prediction_time: str, artifact_root: str | None) -> str:
    """Return the id of the experiment, which is created or restored if necessary, with its description."""
    name = f"severity/{label}/{prediction_time}"
    experiment = client.get_experiment_by_name(name)
    if experiment is None:
        location = f"{artifact_root}/{relocation.folder_name(name)}" if artifact_root else None
        identity = str(client.create_experiment(name, artifact_location=location))
    else:
        identity = str(experiment.experiment_id)
        if experiment.lifecycle_stage == "deleted":
            client.restore_experiment(identity)
    note = EXPERIMENT_NOTES[label].format(time=TIMES.get(prediction_time, prediction_time))
    client.set_experiment_tag(identity, NOTE, note)
    return identity


def _delete_incomplete_runs(client: Any, experiments: list[str], fingerprint: str) -> None:
    """Delete the runs of this fingerprint, of which a part is missing, and the model versions, also of deleted runs."""
    condition = f"tags.fingerprint_begun = '{fingerprint}'"
    for run in client.search_runs(experiments, condition, ALL_RUNS, max_results=MAX_RUNS):
        drop_versions(client, run.info.run_id)
        if run.info.lifecycle_stage == "active":
            client.delete_run(run.info.run_id)


def _log_datasets(mlflow: Any, study: Study, table: Any) -> None:
    """Log the feature table, an MLflow dataset, and each partition as inputs of the active run."""
    parts = {"training": study.split.train, "validation": study.split.validation, "test": study.split.test}
    mlflow.log_input(table, context="study")
    for context, events in parts.items():
        mlflow.log_input(_dataset(mlflow, events), context=context)


def _dataset(mlflow: Any, frame: pd.DataFrame) -> Any:
    """Return events as an MLflow dataset, which records their digest."""
    dataset = mlflow.data.from_pandas(frame, name="event_features", digest=table_digest(frame))
    # MLflow would look at every value, which for NTSB's files takes a minute.
    dataset.schema = mlflow.data.from_pandas(pd.DataFrame({name: _example(frame[name]) for name in frame})).schema
    return dataset


def _example(column: pd.Series) -> pd.Series:
    """Return a value of a column and, if there is one, a missing value, in types that MLflow's schema has.

    It has none for dates and nullable booleans, and warns about integers, which cannot be missing.
    """
    known = column.notna().to_numpy()
    values = column.iloc[[int(known.argmax()), int(known.argmin())]].reset_index(drop=True)
    return values.astype(float if pd.api.types.is_integer_dtype(column) else str)


def _log_fatal(
    mlflow: Any, study: Study, table: Any, experiment: str, tags: Mapping[str, str], params: Mapping[str, Any]
) -> None:
    """Log fatal against the rest: a run for the binary model, with a child run for each of the other models."""
    with mlflow.start_run(experiment_id=experiment, run_name=f"fatal {tags['fingerprint_begun']}", tags=dict(tags)):
        mlflow.log_params(dict(params))
        mlflow.log_input(table, context="study")
        mlflow.log_dict(study.fatal, "fatal.json")
        for name, evaluation in study.fatal.items():
            if name != FATAL_MODEL:
                with _model_run(mlflow, study, experiment, name, tags):
                    mlflow.log_metrics(flatten_metrics({"test": evaluation}))
                    mlflow.set_tag("decision_rule", evaluation["decision_rule"])
        mlflow.log_metrics(flatten_metrics({"test": study.fatal[FATAL_MODEL]}))
        mlflow.set_tags(
            {
                "decision_rule": study.fatal[FATAL_MODEL]["decision_rule"],
                "fingerprint": tags["fingerprint_begun"],
                NOTE: _with_notice("Binary model of fatal injury of the study with the same fingerprint.", tags),
            }
        )


def _log_metrics(mlflow: Any, study: Study, experiment: str, tags: Mapping[str, str]) -> None:
    """Log the primary model's metrics to the active run, those of other models and of trials to child runs."""
    mlflow.log_metrics(flatten_metrics(study.metrics[study.primary_model]) | {"rounds": study.rounds})
    for name, evaluations in study.metrics.items():
        if name != study.primary_model:
            with _model_run(mlflow, study, experiment, name, tags):
                mlflow.log_metrics(flatten_metrics(evaluations))
    for trial in (study.tuning or {}).get("trials", ()):
        note = f"Trial {trial['number']} of the tuning: parameters, and the log loss on the validation years."
        with _child_run(mlflow, experiment, f"trial {trial['number']}", note, tags, trial="yes"):
            mlflow.log_params(trial["params"])
            mlflow.log_metrics({} if trial["value"] is None else {"validation/log_loss": trial["value"]})
            mlflow.set_tag("trial_state", trial["state"])


@contextmanager
def _model_run(mlflow: Any, study: Study, experiment: str, name: str, tags: Mapping[str, str]) -> Iterator[None]:
    """Start a nested run of a compared model, with its role and the hyperparameters that it reads."""
    entry = next((entry for entry in MODELS if entry.name == name), None)
    role = ROLE_NOTES[entry.role] if entry else "a comparison"
    note = f"{name}: {role}. Evaluated on the events of the run that it belongs to."
    with _child_run(mlflow, experiment, name, note, tags, model=name):
        if entry:
            mlflow.log_params({"role": str(entry.role), **hyperparameters(entry.family, study)})
        yield


def hyperparameters(family: type[ComparedModel], study: Study) -> dict[str, Any]:
    """Return {name: value} of the settings that a model family reads, as tuned."""
    tuned = (study.tuning or {}).get("best", {})
    return {name: tuned.get(name, getattr(study.settings, name)) for name in family.hyperparameters}


def _child_run(mlflow: Any, experiment: str, name: str, note: str, tags: Mapping[str, str], **own_tags: str) -> Any:
    """Start a nested run and return it as a context."""
    all_tags = {**tags, **own_tags, NOTE: _with_notice(note, tags)}
    return mlflow.start_run(experiment_id=experiment, run_name=name, nested=True, tags=all_tags)


def _with_notice(note: str, tags: Mapping[str, str]) -> str:
    """Return a description, after the notice about made-up data if the tags have one."""
    return f"**{tags['notice']}**\n\n{note}" if tags.get("notice") else note


def _register_model(mlflow: Any, client: Any, study: Study) -> str:
    """Log and register the primary model; return its version, whose tag names the model fitted on all closed years."""
    deployed = model_package.log_model(mlflow, study, study.deployed, DEPLOYED)
    logged = model_package.log_model(mlflow, study, study.model)
    name, settings = REGISTERED_NAMES[study.settings.prediction_time], study.settings
    if not client.search_registered_models(filter_string=f"name = '{name}'"):
        client.create_registered_model(name, description=DESCRIPTION)
    version = client.create_model_version(
        name,
        logged.model_uri,
        run_id=logged.run_id,
        model_id=logged.model_id,
        tags={DEPLOYED_MODEL: deployed.model_uri},
        description=f"Fitted on {settings.first_year}-{settings.test_year - 1}, evaluated on {settings.test_year}-"
        f"{settings.last_year}. The tag {DEPLOYED_MODEL} names the same recipe fitted on all of these years.",
    )
    return str(version.version)
