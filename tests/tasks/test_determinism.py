"""The same sources give the same bytes, wherever, in whatever order and however often interrupted."""

from typing import Any

import pytest

from tests.results import results
from tests.running import Place
from tests.tasks.conftest import Disturbed


@pytest.fixture(scope="module")
def found(disturbed: Disturbed) -> dict[str, Any]:
    """What the other build publishes."""
    assert disturbed.last is not None and disturbed.last.code == 0
    return results(disturbed.place)


def test_the_same_release(expected: dict[str, Any], found: dict[str, Any]) -> None:
    assert found["release"] == expected["release"]
    assert len(found["release"]["relations"]) > 35


@pytest.mark.parametrize("kind", ["parquet", "studies", "pages"])
def test_the_same_bytes(expected: dict[str, Any], found: dict[str, Any], kind: str) -> None:
    assert set(found[kind]) == set(expected[kind]) != set()
    assert [name for name in expected[kind] if found[kind][name] != expected[kind][name]] == []


def test_nothing_lies_about(disturbed: Disturbed, built: Place) -> None:
    """A killed run leaves no half output that a later run does not clear away."""
    for place in (built, disturbed.place):
        torn = [
            path.name for path in place.store.rglob("*") if path.name.startswith(".making-") or path.suffix == ".part"
        ]
        assert torn == []
