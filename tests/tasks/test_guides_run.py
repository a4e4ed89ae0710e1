"""A build after all how-to guides were followed in one copied tree: every guide's result is there."""

import csv
import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import mlflow
import pandas as pd
import pytest

from tests import guides
from tests.running import Workspace


@pytest.fixture(scope="module")
def built_by_guides(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """A complete build of the samples in a copied tree to which every guide was applied."""
    folder = tmp_path_factory.mktemp("guides")
    repository = guides.copy_tree(folder / "repository")
    for guide in guides.GUIDES:
        for edit in guides.edits(guide):
            edit.apply(repository)
    workspace = Workspace(folder / "a store", repository)
    result = workspace.run()
    assert result.code == 0, result.text[-3000:]
    yield workspace
    workspace.stop()


def _in_copy(workspace: Workspace, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", *arguments]
    return subprocess.run(
        command, cwd=workspace.repository, env=workspace.environment(), capture_output=True, text=True, check=False
    )


def test_the_view_is_published_and_exported(built_by_guides: Workspace) -> None:
    (months,) = built_by_guides.query("select count(*) from mart.mv_month_stats")
    assert months[0] == 12
    assert (built_by_guides.targets / "parquet" / "mart" / "mv_month_stats.parquet").exists()


def test_the_check_has_a_result(built_by_guides: Workspace) -> None:
    query = "select status from audit.check_result where check_name = 'dates_before_flight'"
    assert built_by_guides.query(query) == [("passed",)]


def test_the_feature_is_in_the_training_table_and_in_the_study(built_by_guides: Workspace) -> None:
    events = pd.read_parquet(built_by_guides.targets / "features" / "event_features.parquet")
    assert sorted(events["quarter"].dropna().unique()) == [1, 2, 3, 4]
    assert "quarter" in _study(built_by_guides)["features"]


def test_the_model_is_compared_and_the_primary_model_stays(built_by_guides: Workspace) -> None:
    study = _study(built_by_guides)
    assert "naive bayes" in study["metrics"]
    assert study["primary_model"] == "xgboost"


def test_the_model_is_on_the_page_and_the_primary_model_on_its_card(built_by_guides: Workspace) -> None:
    card = built_by_guides.targets / "studies" / "severity" / "model_card.md"
    page = built_by_guides.store / "reports" / "html" / "severity.html"
    assert "| model | xgboost, " in card.read_text()
    assert "naive bayes" in page.read_text()


def test_ledger_and_registry_describe_the_primary_model(built_by_guides: Workspace) -> None:
    study = _study(built_by_guides)
    expected = study["metrics"]["xgboost"]["test"]["log_loss"]
    with (built_by_guides.store / "models" / "kept" / "test_ledger.csv").open() as file:
        (evaluation,) = csv.DictReader(file)
    assert float(evaluation["log_loss"]) == expected
    client = mlflow.MlflowClient(f"sqlite:///{built_by_guides.store / 'models' / 'runs' / 'mlflow.db'}")
    (version,) = client.search_model_versions()
    run = client.get_run(version.run_id)
    assert run.data.metrics["test/log_loss"] == expected


def test_the_report_is_rendered(built_by_guides: Workspace) -> None:
    page = built_by_guides.store / "reports" / "html" / "incidents.html"
    assert "Incidents by decade" in page.read_text()


def test_the_command_runs_and_is_listed(built_by_guides: Workspace) -> None:
    listed = _in_copy(built_by_guides, "pipeline", "--help")
    assert "list the source databases" in listed.stdout
    result = _in_copy(built_by_guides, "pipeline", "sources")
    assert result.returncode == 0, result.stderr
    assert "avall" in result.stdout


def test_the_setting_is_validated(built_by_guides: Workspace) -> None:
    result = built_by_guides.run("AllReports", "--Reporting-top-states", "0")
    assert result.code != 0
    assert "top" in result.text


SUITES = {"tests/sql/test_checks.py": "dates_before_flight", "tests/sql/test_flags.py": "crew_age_under_17"}


@pytest.fixture(scope="module")
def outcomes(built_by_guides: Workspace) -> list[str]:
    """The lines of a run of the tests that the guides add."""
    words = ["-q", "-rA", "-p", "no:xdist", *SUITES, "-k", " or ".join(SUITES.values())]
    result = _in_copy(built_by_guides, "pytest", *words)
    assert result.returncode == 0, result.stdout[-3000:]
    return result.stdout.splitlines()


@pytest.mark.parametrize(("suite", "name"), SUITES.items())
def test_the_tests_of_the_guides_pass(outcomes: list[str], suite: str, name: str) -> None:
    assert [line for line in outcomes if line.startswith(f"PASSED {suite}::") and name in line]


def _study(workspace: Workspace) -> dict[str, Any]:
    (path,) = workspace.targets.glob("studies/severity/metrics.json")
    content: dict[str, Any] = json.loads(path.read_text())
    return content
