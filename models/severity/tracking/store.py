"""The MLflow tracking store: its addresses, the connection to it, and whether a study has been logged.

MLflow takes seconds to import. It is imported on demand, after the environment variables that silence it are set, and
a SQLite store is read without it: every run of the pipeline asks, while Luigi plans, whether its study has been logged.
"""

import logging
import os
import re
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from models.severity.errors import InvalidStudy
from models.severity.tracking import relocation

SQLITE = "sqlite"
POSTGRES = "postgresql://"
# Experiments are named severity/<label>/<prediction_time>. The four-class run is logged last and completes the study.
LABELS = ("four-class", "fatal")
# One registered model per prediction time: a model with more information must not replace one with less.
REGISTERED_NAMES = {"T0": "severity-T0", "T1": "severity"}
CHAMPION = "champion"
CHALLENGER = "challenger"
# MLflow's largest page of search results.
MAX_RUNS = 50_000
# Tag of the runs of a study: their number, with those of other models, of trials and of fatal injury.
RUN_COUNT = "runs"
# What users see of a study: its runs, and a version of the registered model with its logged model. If any of it was
# deleted, the study is logged again.
LOGGED_STUDY = """
    select runs.run_uuid, experiments.name, experiments.artifact_location, runs.artifact_uri, versions.storage_location
    from runs
    join tags as own on own.run_uuid = runs.run_uuid and own.key = 'fingerprint' and own.value = :fingerprint
    join tags as size on size.run_uuid = runs.run_uuid and size.key = 'runs'
    join experiments on experiments.experiment_id = runs.experiment_id
    join model_versions as versions on versions.run_id = runs.run_uuid
        and versions.current_stage is not 'Deleted_Internal'
    join logged_models on versions.source = 'models:/' || logged_models.model_id
        and logged_models.lifecycle_stage = 'active'
    where runs.status = 'FINISHED' and runs.lifecycle_stage = 'active'
        and experiments.name like 'severity/four-class/%'
        and cast(size.value as integer) <= (
            select count(*) from tags as part
            join runs as parts on parts.run_uuid = part.run_uuid
            where part.key = 'fingerprint_begun' and part.value = :fingerprint
                and parts.status = 'FINISHED' and parts.lifecycle_stage = 'active'
        )
"""
ALIASES = "select alias, version from registered_model_aliases where name = :model"
VERSIONS = "select version from model_versions where run_id = :run_id and current_stage is not 'Deleted_Internal'"
QUIET_ENVIRONMENT = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "DO_NOT_TRACK": "true",
    "GIT_PYTHON_REFRESH": "quiet",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    # About 15 seconds in total; MLflow's default takes minutes.
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "3",
    # Seconds; libpq would wait forever for a database that does not answer.
    "PGCONNECT_TIMEOUT": "10",
    # It prints the tracking URI, which may contain a password.
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
}
# Variables that add to or replace what a study logs, and where: run, experiment and model are chosen here.
IGNORED_VARIABLES = (
    "MLFLOW_ACTIVE_MODEL_ID",
    "MLFLOW_ENABLE_ASYNC_LOGGING",
    "MLFLOW_EXPERIMENT_ID",
    "MLFLOW_EXPERIMENT_NAME",
    "MLFLOW_REGISTRY_URI",
    "MLFLOW_RUN_CONTEXT",
    "MLFLOW_RUN_ID",
    "MLFLOW_TRACKING_URI",
    "MLFLOW_WORKSPACE",
)


def sqlite_address(path: Path) -> str:
    """Return the URL of a SQLite file; SQLAlchemy decodes it, so that the path may contain any character."""
    # With the driver: for `sqlite:///`, MLflow also creates a folder with the encoded name.
    return f"{SQLITE}+pysqlite:///{quote(str(path))}"


def sqlite_path(address: str) -> Path:
    """Return the file that a SQLite URL names."""
    return Path(unquote(address.partition(":///")[2].partition("?")[0]))


class TrackingUnavailable(InvalidStudy):
    """The tracking store is not reachable or cannot be used."""


def open_store(tracking_uri: str) -> Any:
    """Return the module `mlflow`, with the store as its tracking and registry URI."""
    _set_quiet_environment()
    import mlflow
    import mlflow.pyfunc

    for name in ("mlflow", "alembic"):
        logging.getLogger(name).setLevel(logging.ERROR)
    if tracking_uri.startswith("postgresql"):
        # Fail at once: MLflow would retry for minutes.
        import sqlalchemy

        sqlalchemy.create_engine(tracking_uri).connect().close()
    if tracking_uri.startswith(SQLITE):
        sqlite_path(tracking_uri).parent.mkdir(parents=True, exist_ok=True)
    mlflow.set_tracking_uri(tracking_uri)
    mlflow.set_registry_uri(tracking_uri)
    return mlflow


# {what an error of a SQLite store says: next step}
SQLITE_ADVICE = {
    "locked": "end the other programs that use it",
    "disk is full|No space left": "free some disk space",
    "readonly|unable to open|denied|Read-only": "make it writable, or choose another folder with NTSB_STORE",
    "": "move it away",
}


@contextmanager
def store_errors(tracking_uri: str) -> Iterator[None]:
    """Convert errors of an unusable store to TrackingUnavailable."""
    _set_quiet_environment()
    import sqlalchemy
    from mlflow.exceptions import MlflowException

    try:
        yield
    except (MlflowException, sqlalchemy.exc.SQLAlchemyError, OSError, ImportError) as error:
        cause = " ".join(str(getattr(error, "orig", None) or error).split()).partition(" [SQL:")[0][:300].rstrip(".?")
        if tracking_uri.startswith(SQLITE):
            raise _unusable_file(sqlite_path(tracking_uri), cause) from error
        advice = "correct the address or start the server, or clear tracking_uri to log to SQLite in models/runs"
        raise TrackingUnavailable(
            f"[Training] tracking_uri: expected a reachable MLflow store, found: {cause}; {advice}, and run again"
        ) from error


def _unusable_file(path: Path, cause: str) -> TrackingUnavailable:
    advice = next(text for pattern, text in SQLITE_ADVICE.items() if re.search(pattern, cause))
    return TrackingUnavailable(f"{path}: expected a reachable MLflow store, found: {cause}; {advice}, and run again")


def require_store(tracking_uri: str) -> None:
    """Raise TrackingUnavailable if no run can be logged. A SQLite store that is missing is created by the first run."""
    if tracking_uri.startswith(SQLITE):
        _require_writable(sqlite_path(tracking_uri))
        return
    with store_errors(tracking_uri):
        open_store(tracking_uri).MlflowClient().search_experiments(max_results=1)


def _require_writable(path: Path) -> None:
    if not path.exists():
        return
    try:
        with closing(_connect(path, "rw")) as store:
            store.execute("begin immediate")
    except sqlite3.Error as error:
        raise _unusable_file(path, str(error)) from error


def _connect(path: Path, mode: str) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{quote(str(path))}?mode={mode}", uri=True)


def store_addresses(tracking_uri: str, folder: Path) -> tuple[str, str | None]:
    """Return (tracking URI, artifact root). If `tracking_uri` is empty: SQLite and artifacts under `folder`.

    A database does not store artifacts, so they go to `folder`; for an MLflow server, which does, the root is None.
    """
    if tracking_uri.startswith(POSTGRES):
        # SQLAlchemy's default driver may be one that is not installed.
        return f"postgresql+psycopg2://{tracking_uri.removeprefix(POSTGRES)}", artifact_root(folder)
    if tracking_uri:
        return tracking_uri, None
    return sqlite_address(folder / "mlflow.db"), artifact_root(folder)


def artifact_root(folder: Path) -> str:
    """Return the URI of the artifacts of a store in `folder`."""
    return (folder / "artifacts").as_uri()


def adopt(folder: Path) -> None:
    """Correct the addresses of artifacts if the SQLite store in `folder` was moved there or copied.

    Raises TrackingUnavailable.
    """
    address, root = sqlite_address(folder / "mlflow.db"), artifact_root(folder)
    if relocation.is_moved(sqlite_path(address), root):
        with store_errors(address):
            relocation.relocate(address, root)


def is_logged(tracking_uri: str, fingerprint: str) -> bool:
    """Return True if a study with this fingerprint is logged completely (`find_run`)."""
    return find_run(tracking_uri, fingerprint) is not None


def find_run(tracking_uri: str, fingerprint: str) -> str | None:
    """Return the id of the four-class run with this fingerprint, or None if there is none or part of the study is gone.

    A study is complete if none of its runs, its registered model version, and their artifacts was deleted. Artifacts on
    a server are not queried. Raises TrackingUnavailable.
    """
    if tracking_uri.startswith(SQLITE):
        return _find_in_sqlite(sqlite_path(tracking_uri), fingerprint)
    with store_errors(tracking_uri):
        mlflow = open_store(tracking_uri)
        return _find_run(mlflow, mlflow.MlflowClient(), fingerprint)


def _find_run(mlflow: Any, client: Any, fingerprint: str) -> str | None:
    """Return the id of the complete four-class run with this fingerprint from MLflow, or None."""
    experiments = client.search_experiments(filter_string="name LIKE 'severity/%'")
    if not experiments:
        return None
    condition = f"tags.fingerprint_begun = '{fingerprint}' and attributes.status = 'FINISHED'"
    ids = [experiment.experiment_id for experiment in experiments]
    runs = client.search_runs(ids, filter_string=condition, max_results=MAX_RUNS)
    for run in runs:
        tags = run.data.tags
        is_complete = RUN_COUNT in tags and tags.get("fingerprint") == fingerprint and int(tags[RUN_COUNT]) <= len(runs)
        if is_complete and artifacts_exist(run.info.artifact_uri) and _has_version(mlflow, client, run.info.run_id):
            return str(run.info.run_id)
    return None


def _has_version(mlflow: Any, client: Any, run_id: str) -> bool:
    """Return True if a registered version of the run, and its logged model, were not deleted."""
    for version in client.search_model_versions(f"run_id = '{run_id}'"):
        try:
            client.get_logged_model(version.source.removeprefix("models:/"))
        except mlflow.exceptions.MlflowException:
            continue
        return True
    return False


def artifacts_exist(artifact_uri: str) -> bool:
    """Return True unless the artifacts are in a local folder that no longer exists; a server is not queried."""
    parts = urlsplit(artifact_uri)
    return parts.scheme not in ("", "file") or Path(unquote(parts.path)).is_dir()


def _find_in_sqlite(path: Path, fingerprint: str) -> str | None:
    """Return the id of that run from a SQLite store, without MLflow; None if there is none."""
    root = artifact_root(path.parent)
    for run_id, name, location, *addresses in _query_sqlite(path, LOGGED_STUDY, {"fingerprint": fingerprint}):
        if all(artifacts_exist(relocation.current_address(address, name, location, root)) for address in addresses):
            return str(run_id)
    return None


def read_registry(tracking_uri: str, model: str, run_id: str) -> tuple[dict[str, str], list[int]]:
    """Return ({alias: version} of a registered model, versions of a run). Raises TrackingUnavailable."""
    if tracking_uri.startswith(SQLITE):
        path, values = sqlite_path(tracking_uri), {"model": model, "run_id": run_id}
        aliases = {alias: str(version) for alias, version in _query_sqlite(path, ALIASES, values)}
        return aliases, [version for (version,) in _query_sqlite(path, VERSIONS, values)]
    with store_errors(tracking_uri):
        client = open_store(tracking_uri).MlflowClient()
        aliases = {alias: str(version) for alias, version in client.get_registered_model(model).aliases.items()}
        return aliases, [int(version.version) for version in client.search_model_versions(f"run_id = '{run_id}'")]


def _query_sqlite(path: Path, query: str, values: Mapping[str, str]) -> list[tuple[Any, ...]]:
    """Return the rows of a query of a SQLite store; none if the store does not exist."""
    if not path.exists():
        return []
    try:
        with closing(_connect(path, "ro")) as store:
            return store.execute(query, values).fetchall()
    except sqlite3.Error as error:
        # MLflow has not created its tables or columns yet. Other errors would end the study after training.
        if getattr(error, "sqlite_errorcode", None) != sqlite3.SQLITE_ERROR:
            raise _unusable_file(path, str(error)) from error
    return []


def _set_quiet_environment() -> None:
    for name in IGNORED_VARIABLES:
        os.environ.pop(name, None)
    for name, value in QUIET_ENVIRONMENT.items():
        os.environ.setdefault(name, value)
