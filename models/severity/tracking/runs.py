"""Studies in MLflow: one run per fingerprint, with knobs, figures, the table's digest, pictures and the registered model."""

from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

import pandas as pd
import xgboost

from models.severity.artifacts import flatten_metrics, table_digest
from models.severity.evaluation.report import FATAL_MODEL
from models.severity.study import Study
from models.severity.tracking.model_registry import REGISTERED_NAMES, PromotionTerms, drop_versions, promote_version
from models.severity.tracking.run_lookup import LABELS, artifacts_exist
from models.severity.tracking.store import open_store, store_errors


def find_run(tracking_uri: str, fingerprint: str) -> str | None:
    """The id of the finished run of the four classes with this fingerprint, or None. Raises TrackingMissing."""
    with store_errors():
        return _find_run(open_store(tracking_uri).MlflowClient(), fingerprint)


def _find_run(client: Any, fingerprint: str) -> str | None:
    experiments = client.search_experiments(filter_string=f"name LIKE 'severity/{LABELS[0]}/%'")
    if not experiments:
        return None
    wanted = f"tags.fingerprint = '{fingerprint}' and attributes.status = 'FINISHED'"
    runs = client.search_runs([experiment.experiment_id for experiment in experiments], filter_string=wanted)
    return next((str(run.info.run_id) for run in runs if artifacts_exist(run.info.artifact_uri)), None)


def log_study(
    study: Study,
    frame: pd.DataFrame,
    files: Path,
    stores: tuple[str, str | None],
    tags: Mapping[str, str],
    params: Mapping[str, Any],
    terms: PromotionTerms,
) -> str:
    """Log the study once and return its run id; a whole run with the same tag `fingerprint` is returned as it is.

    `files`: what `facts.write` has left, all of it logged. `stores`: tracking URI and artifact root. `tags` must have
    `fingerprint`; `release`, `snapshot`, `git_commit` and the digests of `facts.identity` go along. `params`: every knob.
    `frame`: the feature table, for its digest. `terms`: how a champion is chosen.
    """
    tracking_uri, artifact_root = stores
    found = find_run(tracking_uri, tags["fingerprint"])
    if found is not None:
        return found
    mlflow = open_store(tracking_uri)
    client, prediction_time = mlflow.MlflowClient(), study.settings.prediction_time
    experiment, fatal = (_experiment(client, f"severity/{label}/{prediction_time}", artifact_root) for label in LABELS)
    _delete_incomplete_runs(client, [experiment, fatal], tags["fingerprint"])
    begun = {key: text for key, text in tags.items() if key != "fingerprint"} | {
        "fingerprint_begun": tags["fingerprint"]
    }
    begun["prediction_time"] = prediction_time
    _log_fatal(mlflow, study, frame, fatal, begun, params)
    with mlflow.start_run(experiment_id=experiment, run_name=f"severity {tags['fingerprint']}", tags=begun) as run:
        tuned = (study.tuning or {}).get("best", {})
        mlflow.log_params(dict(params) | {f"tuned_{name}": value for name, value in tuned.items()})
        mlflow.log_input(_dataset(mlflow, frame), context="study")
        mlflow.log_artifacts(str(files))
        _log_metrics(mlflow, study, experiment, begun)
        promote_version(mlflow, study, _register_model(mlflow, client, study), tags, terms)
        # Last: a run that was cut short never bears the fingerprint.
        mlflow.set_tag("fingerprint", tags["fingerprint"])
    return str(run.info.run_id)


def _experiment(client: Any, name: str, artifact_root: str | None) -> str:
    found = client.get_experiment_by_name(name)
    if found is None:
        place = f"{artifact_root.rstrip('/')}/{name.replace('/', '-')}" if artifact_root else None
        return str(client.create_experiment(name, artifact_location=place))
    if found.lifecycle_stage == "deleted":
        client.restore_experiment(found.experiment_id)
    return str(found.experiment_id)


def _delete_incomplete_runs(client: Any, experiments: list[str], fingerprint: str) -> None:
    """Delete what runs of this fingerprint that were cut short, or that lost their artifacts, have left."""
    for run in client.search_runs(experiments, filter_string=f"tags.fingerprint_begun = '{fingerprint}'"):
        drop_versions(client, run.info.run_id)
        client.delete_run(run.info.run_id)


def _dataset(mlflow: Any, frame: pd.DataFrame) -> Any:
    # MLflow's schema has no type for dates or for yes/no with blanks, and distrusts whole numbers.
    plain = frame.apply(lambda column: column.astype(float if pd.api.types.is_integer_dtype(column) else str))
    return mlflow.data.from_pandas(plain, name="event_features", digest=table_digest(frame))


def _log_fatal(
    mlflow: Any, study: Study, frame: pd.DataFrame, experiment: str, tags: Mapping[str, str], params: Mapping[str, Any]
) -> None:
    """The yes-no question: a run for the model that is asked nothing else, its children the others' answers."""
    with mlflow.start_run(experiment_id=experiment, run_name=f"fatal {tags['fingerprint_begun']}", tags=dict(tags)):
        mlflow.log_params(dict(params))
        mlflow.log_input(_dataset(mlflow, frame), context="study")
        mlflow.log_dict(study.fatal, "fatal.json")
        for name, judged in study.fatal.items():
            if name != FATAL_MODEL:
                with mlflow.start_run(
                    experiment_id=experiment, run_name=name, nested=True, tags={**tags, "model": name}
                ):
                    mlflow.log_metrics(flatten_metrics({"test": judged}))
                    mlflow.set_tag("decision_rule", judged["decision_rule"])
        mlflow.log_metrics(flatten_metrics({"test": study.fatal[FATAL_MODEL]}))
        mlflow.set_tags(
            {"decision_rule": study.fatal[FATAL_MODEL]["decision_rule"], "fingerprint": tags["fingerprint_begun"]}
        )


def _log_metrics(mlflow: Any, study: Study, experiment: str, tags: Mapping[str, str]) -> None:
    mlflow.log_metrics(flatten_metrics(study.metrics[study.primary_model]) | {"rounds": study.rounds})
    for name, judged in study.metrics.items():
        if name != study.primary_model:
            with mlflow.start_run(experiment_id=experiment, run_name=name, nested=True, tags={**tags, "model": name}):
                mlflow.log_metrics(flatten_metrics(judged))
    for trial in (study.tuning or {}).get("trials", ()):
        name = f"trial {trial['number']}"
        with mlflow.start_run(experiment_id=experiment, run_name=name, nested=True, tags={**tags, "trial": "yes"}):
            mlflow.log_params(trial["params"])
            mlflow.log_metrics({} if trial["value"] is None else {"validation/log_loss": trial["value"]})
            mlflow.set_tag("trial_state", trial["state"])


def _register_model(mlflow: Any, client: Any, study: Study) -> str:
    """Log and register the model; returns its version."""
    example = study.model.encoder.matrix(study.example)
    logged = mlflow.xgboost.log_model(
        study.model.booster,
        name="model",
        signature=_signature(mlflow, study),
        input_example=example,
        model_format="ubj",
        pip_requirements=[f"{library}=={version}" for library, version in _pinned_requirements().items()],
    )
    name = REGISTERED_NAMES[study.settings.prediction_time]
    if not client.search_registered_models(filter_string=f"name = '{name}'"):
        client.create_registered_model(name)
    version = client.create_model_version(name, logged.model_uri, run_id=logged.run_id, model_id=logged.model_id)
    return str(version.version)


def _signature(mlflow: Any, study: Study) -> Any:
    """Every feature a number that may be missing (places of categories in encoding.json), out come four shares."""
    from mlflow.types import ColSpec, Schema

    columns = [ColSpec("double", name, required=False) for name in study.model.encoder.names]
    found = mlflow.models.infer_signature(None, study.model.probabilities(study.example))
    return mlflow.models.ModelSignature(inputs=Schema(columns), outputs=found.outputs)


def _pinned_requirements() -> dict[str, str]:
    """What the model needs, said outright: MLflow would start a process and ask a registry to find out."""
    found = {name: metadata.version(name) for name in ("mlflow", "numpy", "pandas")}
    return found | {"xgboost": xgboost.__version__}
