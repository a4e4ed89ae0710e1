"""The same sources give the same bytes in another environment and order, even after interruptions."""

from typing import Any

import pytest

from tests.results import results
from tests.running import Workspace
from tests.tasks.conftest import InterruptedBuild


@pytest.fixture(scope="module")
def actual(interrupted: InterruptedBuild) -> dict[str, Any]:
    """The results of the interrupted build."""
    assert interrupted.last is not None and interrupted.last.code == 0
    return results(interrupted.workspace)


def test_releases_are_equal(expected: dict[str, Any], actual: dict[str, Any]) -> None:
    assert actual["release"] == expected["release"]
    assert len(actual["release"]["relations"]) > 35


@pytest.mark.parametrize("kind", ["parquet", "studies", "pages"])
def test_files_are_equal(expected: dict[str, Any], actual: dict[str, Any], kind: str) -> None:
    assert set(actual[kind]) == set(expected[kind]) != set()
    assert [name for name in expected[kind] if actual[kind][name] != expected[kind][name]] == []


def test_no_temporary_files_are_left(interrupted: InterruptedBuild, built: Workspace) -> None:
    """Runs remove the partial outputs of killed runs."""
    for workspace in (built, interrupted.workspace):
        partial = [
            path.name
            for path in workspace.store.rglob("*")
            if path.name.startswith(".making-") or path.suffix == ".part"
        ]
        assert partial == []
