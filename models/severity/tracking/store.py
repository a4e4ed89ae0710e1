"""Connecting MLflow to a tracking store, and the error if that fails.

MLflow takes seconds to import, so it is imported on demand, after the environment variables that silence it are set.
"""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

from models.severity.errors import InvalidStudy

SQLITE = "sqlite"
QUIET_ENVIRONMENT = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "DO_NOT_TRACK": "true",
    "GIT_PYTHON_REFRESH": "quiet",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    # About 15 seconds in all; MLflow's default takes minutes.
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "3",
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
    import mlflow.xgboost

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


@contextmanager
def store_errors() -> Iterator[None]:
    """Convert errors of an unreachable store to TrackingUnavailable."""
    _set_quiet_environment()
    import sqlalchemy
    from mlflow.exceptions import MlflowException

    try:
        yield
    except (MlflowException, sqlalchemy.exc.SQLAlchemyError, OSError, ImportError) as error:
        cause = " ".join(str(getattr(error, "orig", None) or error).split())[:300].rstrip(".?")
        raise TrackingUnavailable(
            f"[Training] tracking_uri: expected a reachable MLflow store, found: {cause}; correct the address or start "
            "the server and rerun, or leave tracking_uri empty to log to SQLite in models/runs"
        ) from error


def require_store(tracking_uri: str) -> None:
    """Raise TrackingUnavailable if no run can be logged; call it before evaluating on a test set.

    A SQLite store is not checked, because it is created when missing.
    """
    if not tracking_uri.startswith(SQLITE):
        with store_errors():
            open_store(tracking_uri).MlflowClient().search_experiments(max_results=1)


def _set_quiet_environment() -> None:
    for name in IGNORED_VARIABLES:
        os.environ.pop(name, None)
    for name, value in QUIET_ENVIRONMENT.items():
        os.environ.setdefault(name, value)
