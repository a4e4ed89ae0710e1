"""What users delete in MLflow is logged again by the next run."""

from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest
from tracking_store import TAGS, TrackingStore

from models.severity.study import Study
from models.severity.tracking import store as tracking


def runs_of(client: Any, label: str, **tags: str) -> list[str]:
    identifier = client.get_experiment_by_name(f"severity/{label}/T1").experiment_id
    conditions = " and ".join(f"tags.{name} = '{value}'" for name, value in tags.items())
    return [run.info.run_id for run in client.search_runs([identifier], filter_string=conditions)]


def delete_model(client: Any, run_id: str) -> None:
    client.delete_registered_model("severity")


def delete_version(client: Any, run_id: str) -> None:
    client.delete_model_version("severity", client.get_model_version_by_alias("severity", "champion").version)


def delete_logged_model(client: Any, run_id: str) -> None:
    version = client.get_model_version_by_alias("severity", "champion")
    client.delete_logged_model(version.source.removeprefix("models:/"))


def delete_run(client: Any, run_id: str) -> None:
    client.delete_run(run_id)


def delete_run_of_another_model(client: Any, run_id: str) -> None:
    (other,) = runs_of(client, "four-class", fingerprint_begun=TAGS["fingerprint"], model="random forest")
    client.delete_run(other)


def delete_run_of_fatal_injury(client: Any, run_id: str) -> None:
    (fatal,) = runs_of(client, "fatal", fingerprint=TAGS["fingerprint"])
    client.delete_run(fatal)


def delete_experiment(client: Any, run_id: str) -> None:
    client.delete_experiment(client.get_run(run_id).info.experiment_id)


@pytest.mark.parametrize(
    "delete",
    [
        *(delete_model, delete_version, delete_logged_model, delete_run),
        *(delete_run_of_another_model, delete_run_of_fatal_injury, delete_experiment),
    ],
)
def test_what_was_deleted_in_mlflow_is_restored(
    delete: Callable[[Any, str], None], store: TrackingStore, study: Study, frame: pd.DataFrame
) -> None:
    mlflow = tracking.open_store(store.uri)
    client = mlflow.MlflowClient()
    run_id = store.log(study, frame)
    assert client.get_model_version_by_alias("severity", "champion").run_id == run_id

    def find() -> str | None:
        """The run, if the study is complete: as read from SQLite, and as asked of a server."""
        by_client = tracking._find_run(mlflow, client, TAGS["fingerprint"])
        assert tracking.find_run(store.uri, TAGS["fingerprint"]) == by_client
        return by_client

    assert find() == run_id
    delete(client, run_id)
    assert find() is None
    again = store.log(study, frame)
    assert again != run_id and find() == again
    (version,) = client.search_model_versions("name = 'severity'")
    assert version.run_id == again and client.get_model_version_by_alias("severity", "champion").run_id == again
    assert runs_of(client, "four-class", fingerprint=TAGS["fingerprint"]) == [again]
    assert len(runs_of(client, "fatal", fingerprint=TAGS["fingerprint"])) == 1
