"""Whether a study is in the store already. Asked by every run, so this imports nothing that is slow."""

import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

SQLITE, POSTGRES = "sqlite:///", "postgresql://"
# Experiments are severity/<label>/<prediction_time>. The run of the first one is written last: with it a study is whole.
LABELS = ("four-class", "fatal")
FINISHED_RUN = f"""
    select runs.artifact_uri from runs
    join tags on tags.run_uuid = runs.run_uuid
    join experiments on experiments.experiment_id = runs.experiment_id
    where tags.key = 'fingerprint' and tags.value = ? and runs.status = 'FINISHED' and runs.lifecycle_stage = 'active'
        and experiments.name like 'severity/{LABELS[0]}/%'
"""


def store_addresses(tracking_uri: str, folder: Path) -> tuple[str, str | None]:
    """(tracking URI, artifact root) in force: SQLite and a folder under `folder` where the knob is empty.

    A server knows where artifacts go; a database does not, so they go to the folder.
    """
    local = folder / "artifacts"
    if tracking_uri.startswith(POSTGRES):
        # SQLAlchemy takes a driver that this project does not have if none is named.
        return f"postgresql+psycopg2://{tracking_uri.removeprefix(POSTGRES)}", local.as_uri()
    if tracking_uri:
        return tracking_uri, None
    return f"{SQLITE}{folder / 'mlflow.db'}", local.as_uri()


def is_logged(tracking_uri: str, fingerprint: str) -> bool:
    """True where a finished run bears the fingerprint and its artifacts, if they lie in a folder, are still there."""
    if tracking_uri.startswith(SQLITE):
        return _is_logged_in_sqlite(Path(tracking_uri.removeprefix(SQLITE)), fingerprint)
    # Only here is MLflow itself needed, and only here are its seconds spent.
    from models.severity.tracking import runs

    return runs.find_run(tracking_uri, fingerprint) is not None


def artifacts_exist(artifact_uri: str) -> bool:
    """False where artifacts should lie in a folder and that folder is gone."""
    parts = urlsplit(artifact_uri)
    return parts.scheme not in ("", "file") or Path(unquote(parts.path)).is_dir()


def _is_logged_in_sqlite(path: Path, fingerprint: str) -> bool:
    if not path.exists():
        return False
    try:
        with closing(sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True)) as store:
            return any(artifacts_exist(address) for (address,) in store.execute(FINISHED_RUN, (fingerprint,)))
    except sqlite3.Error:
        # No store, or one that MLflow has not filled yet: nothing is logged.
        return False
