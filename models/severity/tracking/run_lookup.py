"""Whether a study has been logged.

Every run of the pipeline asks this while Luigi plans, so a SQLite store is read directly: importing MLflow takes
seconds. Separate from runs.py because that module imports pandas and XGBoost.
"""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from models.severity.tracking.store import SQLITE, open_store, sqlite_address, sqlite_path, store_errors

POSTGRES = "postgresql://"
# Experiments are named severity/<label>/<prediction_time>. The four-class run is logged last and completes the study.
LABELS = ("four-class", "fatal")
FINISHED_RUN = """
    select runs.artifact_uri from runs
    join tags on tags.run_uuid = runs.run_uuid
    join experiments on experiments.experiment_id = runs.experiment_id
    where tags.key = 'fingerprint' and tags.value = ? and runs.status = 'FINISHED' and runs.lifecycle_stage = 'active'
        and experiments.name like 'severity/four-class/%'
"""


def store_addresses(tracking_uri: str, folder: Path) -> tuple[str, str | None]:
    """Return (tracking URI, artifact root). If `tracking_uri` is empty: SQLite and artifacts under `folder`.

    A database does not store artifacts, so they go to `folder`; for an MLflow server, which does, the root is None.
    """
    artifact_root = (folder / "artifacts").as_uri()
    if tracking_uri.startswith(POSTGRES):
        # SQLAlchemy's default driver may be one that is not installed.
        return f"postgresql+psycopg2://{tracking_uri.removeprefix(POSTGRES)}", artifact_root
    if tracking_uri:
        return tracking_uri, None
    return sqlite_address(folder / "mlflow.db"), artifact_root


def is_logged(tracking_uri: str, fingerprint: str) -> bool:
    """Return True if a finished run has this fingerprint and its artifacts, if stored in a folder, still exist."""
    if tracking_uri.startswith(SQLITE):
        return _is_logged_in_sqlite(sqlite_path(tracking_uri), fingerprint)
    return find_run(tracking_uri, fingerprint) is not None


def find_run(tracking_uri: str, fingerprint: str) -> str | None:
    """Return the id of the finished four-class run with this fingerprint, or None. Raises TrackingUnavailable."""
    with store_errors():
        return _find_run(open_store(tracking_uri).MlflowClient(), fingerprint)


def _find_run(client: Any, fingerprint: str) -> str | None:
    experiments = client.search_experiments(filter_string=f"name LIKE 'severity/{LABELS[0]}/%'")
    if not experiments:
        return None
    condition = f"tags.fingerprint = '{fingerprint}' and attributes.status = 'FINISHED'"
    runs = client.search_runs([experiment.experiment_id for experiment in experiments], filter_string=condition)
    return next((str(run.info.run_id) for run in runs if artifacts_exist(run.info.artifact_uri)), None)


def artifacts_exist(artifact_uri: str) -> bool:
    """Return True unless the artifacts are in a local folder that no longer exists; a server is not queried."""
    parts = urlsplit(artifact_uri)
    return parts.scheme not in ("", "file") or Path(unquote(parts.path)).is_dir()


def _is_logged_in_sqlite(path: Path, fingerprint: str) -> bool:
    if not path.exists():
        return False
    try:
        with closing(sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True)) as store:
            return any(artifacts_exist(uri) for (uri,) in store.execute(FINISHED_RUN, (fingerprint,)))
    except sqlite3.Error:
        # Not a database, or MLflow has not created its tables yet.
        return False
