"""A tracking database that several stores share keeps the addresses of the artifacts of each of them."""

from pathlib import Path

import pytest
from psycopg2.extensions import connection as Connection

from models.severity.tracking import relocation
from models.severity.tracking.store import store_addresses

# The columns of MLflow's tables that contain addresses.
TABLES = """
create schema mlflow;
set search_path = mlflow;
create table experiments (name text, artifact_location text);
create table runs (artifact_uri text);
create table logged_models (artifact_location text);
create table model_versions (source text, storage_location text)
"""


@pytest.mark.parametrize(
    ("first_exists", "second_has_artifacts", "is_moved"),
    [(True, True, False), (False, False, False), (False, True, True)],
)
def test_addresses_change_only_if_the_folder_was_moved(
    first_exists: bool, second_has_artifacts: bool, is_moved: bool, database: Connection, server: str, tmp_path: Path
) -> None:
    url = f"{server.rpartition('/')[0]}/{database.info.dbname}?options=-csearch_path%3Dmlflow"
    addresses = [store_addresses(url, tmp_path / name) for name in ("first", "second")]
    (_, first), (uri, second) = addresses
    for name, has_artifacts in (("first", True), ("second", second_has_artifacts)):
        if name == "second" or first_exists:
            (tmp_path / name / "artifacts" / ("severity-fatal-T1" if has_artifacts else "")).mkdir(parents=True)
    location = f"{first}/severity-fatal-T1"
    with database.cursor() as cursor:
        cursor.execute(TABLES)
        cursor.execute("insert into experiments values ('severity/fatal/T1', %s)", (location,))
        cursor.execute("insert into runs values (%s)", (f"{location}/1/artifacts",))
        relocation.relocate(uri, second)
        cursor.execute("select artifact_location, artifact_uri from experiments, runs")
        root = second if is_moved else first
        expected = (f"{root}/severity-fatal-T1", f"{root}/severity-fatal-T1/1/artifacts")
        assert cursor.fetchall() == [expected]
