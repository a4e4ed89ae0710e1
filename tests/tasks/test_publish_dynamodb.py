"""The task publishes a built release to a local server of DynamoDB's protocol, and is then complete."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.dynamodb import releases
from tests import dynamodb_server
from tests.dynamodb_server import connect
from tests.running import Workspace
from tests.tasks.test_commands import ask

pytest.importorskip("boto3", reason=dynamodb_server.MISSING)
pytest.importorskip("moto.server", reason=dynamodb_server.MISSING)


@pytest.fixture
def endpoint() -> Iterator[str]:
    with dynamodb_server.serving() as address:
        yield address


def test_a_release_is_published_once_validated_and_repaired(copy: Workspace, endpoint: str, tmp_path: Path) -> None:
    settings = tmp_path / "luigi.cfg"
    settings.write_text(f"[Dynamodb]\nendpoint = {endpoint}\npoll_s = 0.01\nreader_refresh_s = 0\n", encoding="utf-8")
    copy = replace(copy, variables={"LUIGI_CONFIG_PATH": str(settings)})
    task = ("PublishDynamodb", "--snapshot", copy.snapshot())
    published = copy.run(*task)
    assert published.code == 0 and published.families == {"PublishDynamodb"}, published.text[-3000:]
    assert "; 0 problems" in published.text
    (page,) = (copy.targets / "dynamodb").glob("*.html")
    assert "by_state" in page.read_text(encoding="utf-8")
    assert copy.run(*task).done == set()
    assert ask(copy, "dynamodb-validate").returncode == 0
    database = connect(endpoint, prefix="ntsb-")
    alias = releases.read_alias(database)
    assert alias and page.stem == alias.release
    event = database.call("scan", TableName=alias.tables["events"].name, Limit=1)["Items"][0]
    database.call("delete_item", TableName=alias.tables["events"].name, Key={"ev_id": event["ev_id"]})
    invalid = ask(copy, "dynamodb-validate")
    assert invalid.returncode == 1 and "events: 1 missing items" in invalid.stdout
    database.call("delete_table", TableName=alias.tables["events"].name)
    assert copy.run(*task).families == {"PublishDynamodb"}
    assert ask(copy, "dynamodb-validate").returncode == 0
