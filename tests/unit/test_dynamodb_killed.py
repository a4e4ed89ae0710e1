"""A publisher that is killed leaves a complete release for readers; the next one continues to the same state."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.dynamodb import contents, publish, timings, validate
from pipeline.dynamodb.client import Database
from tests import dynamodb_publisher, dynamodb_server
from tests.dynamodb_server import connect, example_rows, recorded, release, stored

pytest.importorskip("boto3", reason=dynamodb_server.MISSING)
pytest.importorskip("moto.server", reason=dynamodb_server.MISSING)

# Operation, number of the request (negative: the process ends before it), and the release that readers then use. The
# tables of another shape (events) are created and loaded, and the old ones are deleted. Three transactions mark tables.
POINTS = {
    "tables half created": ("CreateTable", 1, "r1"),
    "a batch sent": ("BatchWriteItem", 2, "r1"),
    "an index half created": ("UpdateTable", 1, "r1"),
    "before the switch": ("TransactWriteItems", -4, "r1"),
    "after the switch": ("TransactWriteItems", 4, "r2"),
    "old tables half deleted": ("DeleteTable", 1, "r2"),
}
# Operations of which some precede the end of the load.
LOADING = {"CreateTable", "BatchWriteItem"}
ROWS = {"r1": example_rows(), "r2": example_rows(changed=8)}


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    with dynamodb_server.serving() as address, pytest.MonkeyPatch.context() as patch:
        patch.setattr(timings, "measure", lambda *_: [])
        yield address


def publish_both(database: Database, folder: Path, names: tuple[str, ...]) -> None:
    """Publishes r1 without an index of events, and r2 with it."""
    for name in names:
        text = dynamodb_server.WITHOUT_INDEX if name == "r1" else dynamodb_server.TWO_TABLES
        publish.publish(database, release(folder, name, ROWS[name], text))


@pytest.fixture(scope="module")
def uninterrupted(endpoint: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    """Everything in the tables after both publications, without their prefix."""
    database = connect(endpoint, prefix="whole-")
    folder = tmp_path_factory.mktemp("whole")
    publish_both(database, folder, ("r1", "r2"))
    assert published_problems(database, folder, "r2") == []
    return without_prefix(database)


def without_prefix(database: Database) -> dict[str, object]:
    return dict(json.loads(json.dumps(stored(database)).replace(database.settings.prefix, "")))


def published_problems(database: Database, folder: Path, name: str) -> list[str]:
    text = dynamodb_server.WITHOUT_INDEX if name == "r1" else dynamodb_server.TWO_TABLES
    expected = release(folder, name, ROWS[name], text)
    read = contents.read_all(expected.tables.values(), expected.sources)
    return validate.validate_published(database, expected.tables, read).problems


@pytest.mark.parametrize("point", POINTS)
def test_a_killed_publication_is_completed_by_the_next_one(
    endpoint: str, uninterrupted: dict[str, object], tmp_path: Path, point: str
) -> None:
    operation, number, visible = POINTS[point]
    database = connect(endpoint, tmp_path / "locks", prefix=f"killed{list(POINTS).index(point)}-")
    publish_both(database, tmp_path, ("r1",))
    command = [sys.executable, dynamodb_publisher.__file__, endpoint, database.settings.prefix, str(tmp_path)]
    code = subprocess.run([*command, operation, str(number)], check=False).returncode
    assert code == dynamodb_publisher.KILLED
    assert published_problems(database, tmp_path, visible) == []
    requests = [] if operation in LOADING else recorded(database)
    publish_both(database, tmp_path, ("r2",))
    assert without_prefix(database) == uninterrupted
    # What was written before is not written again.
    assert [name for name, _ in requests if name == "BatchWriteItem"] == []
