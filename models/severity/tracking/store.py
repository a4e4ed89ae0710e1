"""Connecting MLflow to a tracking store, and the error if that fails.

MLflow takes seconds to import, so it is imported on demand, after the environment variables that silence it are set.
"""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from models.severity.errors import InvalidStudy

SQLITE = "sqlite:///"
QUIET_ENVIRONMENT = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "DO_NOT_TRACK": "true",
    "GIT_PYTHON_REFRESH": "quiet",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    # About 15 seconds in all; MLflow's default takes minutes.
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "3",
}


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
        Path(tracking_uri.removeprefix(SQLITE)).parent.mkdir(parents=True, exist_ok=True)
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
    """Raise TrackingUnavailable if no run can be logged. A SQLite store is not checked: it is created when missing."""
    if not tracking_uri.startswith(SQLITE):
        with store_errors():
            open_store(tracking_uri).MlflowClient().search_experiments(max_results=1)


def _set_quiet_environment() -> None:
    for name, value in QUIET_ENVIRONMENT.items():
        os.environ.setdefault(name, value)
