"""Studies in MLflow: one run per stamp, with knobs, figures, the table's digest, pictures and the registered model."""

from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

import pandas as pd
import xgboost

from models.champion import REGISTERED, Terms, drop_versions, promote_version
from models.facts import digest, flat
from models.logged import LABELS, is_there
from models.mlflow_store import opened, reached
from models.study import Study
from models.verdict import YES_NO


def find(tracking_uri: str, stamp: str) -> str | None:
    """The id of the finished run of the four classes with this stamp, or None. Raises TrackingMissing."""
    with reached():
        return _find(opened(tracking_uri).MlflowClient(), stamp)


def _find(client: Any, stamp: str) -> str | None:
    experiments = client.search_experiments(filter_string=f"name LIKE 'severity/{LABELS[0]}/%'")
    if not experiments:
        return None
    wanted = f"tags.stamp = '{stamp}' and attributes.status = 'FINISHED'"
    runs = client.search_runs([experiment.experiment_id for experiment in experiments], filter_string=wanted)
    return next((str(run.info.run_id) for run in runs if is_there(run.info.artifact_uri)), None)


def log_study(
    study: Study,
    frame: pd.DataFrame,
    files: Path,
    stores: tuple[str, str | None],
    tags: Mapping[str, str],
    params: Mapping[str, Any],
    terms: Terms,
) -> str:
    """Log the study once and return its run id; a whole run with the same tag `stamp` is returned as it is.

    `files`: what `facts.write` has left, all of it logged. `stores`: tracking URI and artifact root. `tags` must have
    `stamp`; `release`, `snapshot`, `git_commit` and the digests of `facts.identity` go along. `params`: every knob.
    `frame`: the feature table, for its digest. `terms`: how a champion is chosen.
    """
    tracking_uri, artifact_root = stores
    found = find(tracking_uri, tags["stamp"])
    if found is not None:
        return found
    mlflow = opened(tracking_uri)
    client, moment = mlflow.MlflowClient(), study.settings.moment
    experiment, fatal = (_experiment(client, f"severity/{label}/{moment}", artifact_root) for label in LABELS)
    _drop_halves(client, [experiment, fatal], tags["stamp"])
    begun = {key: text for key, text in tags.items() if key != "stamp"} | {"stamp_begun": tags["stamp"]}
    begun["moment"] = moment
    _log_fatal(mlflow, study, frame, fatal, begun, params)
    with mlflow.start_run(experiment_id=experiment, run_name=f"severity {tags['stamp']}", tags=begun) as run:
        tuned = (study.tuning or {}).get("best", {})
        mlflow.log_params(dict(params) | {f"tuned_{name}": value for name, value in tuned.items()})
        mlflow.log_input(_dataset(mlflow, frame), context="study")
        mlflow.log_artifacts(str(files))
        _log_figures(mlflow, study, experiment, begun)
        promote_version(mlflow, study, _register(mlflow, client, study), tags, terms)
        # Last: a run that was cut short never bears the stamp.
        mlflow.set_tag("stamp", tags["stamp"])
    return str(run.info.run_id)


def _experiment(client: Any, name: str, artifact_root: str | None) -> str:
    found = client.get_experiment_by_name(name)
    if found is None:
        place = f"{artifact_root.rstrip('/')}/{name.replace('/', '-')}" if artifact_root else None
        return str(client.create_experiment(name, artifact_location=place))
    if found.lifecycle_stage == "deleted":
        client.restore_experiment(found.experiment_id)
    return str(found.experiment_id)


def _drop_halves(client: Any, experiments: list[str], stamp: str) -> None:
    """Delete what runs of this stamp that were cut short, or that lost their artifacts, have left."""
    for run in client.search_runs(experiments, filter_string=f"tags.stamp_begun = '{stamp}'"):
        drop_versions(client, run.info.run_id)
        client.delete_run(run.info.run_id)


def _dataset(mlflow: Any, frame: pd.DataFrame) -> Any:
    # MLflow's schema has no type for dates or for yes/no with blanks, and distrusts whole numbers.
    plain = frame.apply(lambda column: column.astype(float if pd.api.types.is_integer_dtype(column) else str))
    return mlflow.data.from_pandas(plain, name="event_features", digest=digest(frame))


def _log_fatal(
    mlflow: Any, study: Study, frame: pd.DataFrame, experiment: str, tags: Mapping[str, str], params: Mapping[str, Any]
) -> None:
    """The yes-no question: a run for the model that is asked nothing else, its children the others' answers."""
    with mlflow.start_run(experiment_id=experiment, run_name=f"fatal {tags['stamp_begun']}", tags=dict(tags)):
        mlflow.log_params(dict(params))
        mlflow.log_input(_dataset(mlflow, frame), context="study")
        mlflow.log_dict(study.fatal, "fatal.json")
        for name, judged in study.fatal.items():
            if name != YES_NO:
                with mlflow.start_run(
                    experiment_id=experiment, run_name=name, nested=True, tags={**tags, "model": name}
                ):
                    mlflow.log_metrics(flat({"test": judged}))
                    mlflow.set_tag("decision_rule", judged["decision_rule"])
        mlflow.log_metrics(flat({"test": study.fatal[YES_NO]}))
        mlflow.set_tags({"decision_rule": study.fatal[YES_NO]["decision_rule"], "stamp": tags["stamp_begun"]})


def _log_figures(mlflow: Any, study: Study, experiment: str, tags: Mapping[str, str]) -> None:
    mlflow.log_metrics(flat(study.metrics["xgboost"]) | {"rounds": study.rounds})
    for name, judged in study.metrics.items():
        if name != "xgboost":
            with mlflow.start_run(experiment_id=experiment, run_name=name, nested=True, tags={**tags, "model": name}):
                mlflow.log_metrics(flat(judged))
    for trial in (study.tuning or {}).get("trials", ()):
        name = f"trial {trial['number']}"
        with mlflow.start_run(experiment_id=experiment, run_name=name, nested=True, tags={**tags, "trial": "yes"}):
            mlflow.log_params(trial["params"])
            mlflow.log_metrics({} if trial["value"] is None else {"validation/log_loss": trial["value"]})
            mlflow.set_tag("trial_state", trial["state"])


def _register(mlflow: Any, client: Any, study: Study) -> str:
    """Log and register the model; returns its version."""
    example = study.model.encoder.matrix(study.example)
    logged = mlflow.xgboost.log_model(
        study.model.booster,
        name="model",
        signature=_signature(mlflow, study),
        input_example=example,
        model_format="ubj",
        pip_requirements=[f"{library}=={version}" for library, version in _libraries().items()],
    )
    name = REGISTERED[study.settings.moment]
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


def _libraries() -> dict[str, str]:
    """What the model needs, said outright: MLflow would start a process and ask a registry to find out."""
    found = {name: metadata.version(name) for name in ("mlflow", "numpy", "pandas")}
    return found | {"xgboost": xgboost.__version__}
