"""MLflow, pointed at a store, and what to say where the store is not there.

MLflow takes seconds to import, so it is imported where it is needed, after the environment that keeps it quiet is set.
"""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from models.severity.errors import InvalidStudy
from models.severity.tracking.run_lookup import SQLITE

QUIET_ENVIRONMENT = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "DO_NOT_TRACK": "true",
    "GIT_PYTHON_REFRESH": "quiet",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    # A quarter of a minute in all; MLflow itself would wait for many.
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "3",
}


class TrackingUnavailable(InvalidStudy):
    """Runs cannot be written where tracking_uri says."""


def open_store(tracking_uri: str) -> Any:
    """The module, imported quietly and pointed at the store."""
    _set_quiet_environment()
    import mlflow
    import mlflow.xgboost

    for name in ("mlflow", "alembic"):
        logging.getLogger(name).setLevel(logging.ERROR)
    if tracking_uri.startswith("postgresql"):
        # MLflow would ask again for minutes.
        import sqlalchemy

        sqlalchemy.create_engine(tracking_uri).connect().close()
    if tracking_uri.startswith(SQLITE):
        Path(tracking_uri.removeprefix(SQLITE)).parent.mkdir(parents=True, exist_ok=True)
    mlflow.set_tracking_uri(tracking_uri)
    mlflow.set_registry_uri(tracking_uri)
    return mlflow


@contextmanager
def store_errors() -> Iterator[None]:
    """Inside, a store that is not there is a TrackingMissing."""
    _set_quiet_environment()
    import sqlalchemy
    from mlflow.exceptions import MlflowException

    try:
        yield
    except (MlflowException, sqlalchemy.exc.SQLAlchemyError, OSError, ImportError) as error:
        words = " ".join(str(getattr(error, "orig", None) or error).split())[:300].rstrip(".?")
        raise TrackingUnavailable(
            f"[Training] tracking_uri: a place that takes runs expected, found {words}. Mend the address or start the "
            "server and run again; or empty tracking_uri to log to SQLite in models/runs."
        ) from error


def require_store(tracking_uri: str) -> None:
    """Raise TrackingMissing where no run could be logged; to be asked before a test is looked at.

    A SQLite file is made where it is not there, so it is not asked for.
    """
    if not tracking_uri.startswith(SQLITE):
        with store_errors():
            open_store(tracking_uri).MlflowClient().search_experiments(max_results=1)


def _set_quiet_environment() -> None:
    for name, value in QUIET_ENVIRONMENT.items():
        os.environ.setdefault(name, value)
