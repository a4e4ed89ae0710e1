"""The task publishes a built release to a local server of DynamoDB's protocol, and is then complete."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path

import pytest

from pipeline.dynamodb import contents, items, publish, releases, sources, specification
from pipeline.tasks.dynamodb import PublishDynamodb
from pipeline.tasks.export import ExportParquet
from pipeline.tasks.tables import MergeTable
from pipeline.warehouse import table_schema
from tests import dynamodb_server
from tests.dynamodb_rows import row_of
from tests.dynamodb_server import connect
from tests.running import Workspace, copy_repository
from tests.tasks.test_commands import ask

pytest.importorskip("boto3", reason=dynamodb_server.MISSING)
pytest.importorskip("moto.server", reason=dynamodb_server.MISSING)


# The local server needs a minute for all tables of the samples.
TABLES = """
[tables.findings]
partition = "ev_id"
relations = { findings = ["aircraft_key", "finding_no"] }
exclude = ["source_file", "source_row"]
indexes = [{ name = "by_code", partition = "finding_code", sort = "ev_id" }]
[tables.statistics]
partition = "relation"
relations = { mv_yearly_stats = ["ev_year"], mv_state_stats = ["ev_state"] }
"""


@pytest.fixture
def endpoint() -> Iterator[str]:
    with dynamodb_server.serving() as address:
        yield address


def test_a_release_is_published_once_validated_and_repaired(copy: Workspace, endpoint: str, tmp_path: Path) -> None:
    settings = tmp_path / "luigi.cfg"
    settings.write_text(f"[Dynamodb]\nendpoint = {endpoint}\npoll_s = 0.01\nreader_refresh_s = 0\n", encoding="utf-8")
    copy = replace(
        copy, repository=copy_repository(tmp_path / "repository"), variables={"LUIGI_CONFIG_PATH": str(settings)}
    )
    (copy.repository / "pipeline" / "dynamodb" / "release.toml").write_text(TABLES, encoding="utf-8")
    task = ("PublishDynamodb", "--snapshot", copy.snapshot())
    published = copy.run(*task)
    assert published.code == 0 and published.families == {"PublishDynamodb"}, published.text[-3000:]
    assert "; 0 problems" in published.text
    (page,) = (copy.targets / "dynamodb").glob("*.html")
    assert "by_code" in page.read_text(encoding="utf-8")
    assert copy.run(*task).done == set()
    assert ask(copy, "dynamodb-validate").returncode == 0
    database = connect(endpoint, prefix="ntsb-")
    alias = releases.read_alias(database)
    assert alias and page.stem == alias.release
    item = database.call("scan", TableName=alias.tables["findings"].name, Limit=1)["Items"][0]
    key = {name: item[name] for name in ("ev_id", "item_key")}
    database.call("delete_item", TableName=alias.tables["findings"].name, Key=key)
    invalid = ask(copy, "dynamodb-validate")
    assert invalid.returncode == 1 and "findings: 1 missing items" in invalid.stdout
    database.call("delete_table", TableName=alias.tables["findings"].name)
    assert copy.run(*task).families == {"PublishDynamodb"}
    assert ask(copy, "dynamodb-validate").returncode == 0


def test_a_change_of_any_table_of_the_release_publishes_its_id() -> None:
    """The alias names the release, whose id changes with every table, published or not."""
    task = PublishDynamodb(snapshot="0" * 16)
    merged = {step.table for step in task.inputs() if isinstance(step, MergeTable)}
    assert merged == set(table_schema.tables()) and {"states", "ct_iaids"} <= merged
    published = {step.name for step in task.inputs() if isinstance(step, ExportParquet)}
    assert published == set(specification.relations_in(specification.RELEASE))


def release_sources(built: Workspace) -> dict[str, sources.Source]:
    """The relations that a release publishes, in the Parquet files of the samples."""
    names = specification.relations_in(specification.RELEASE)
    files = {path.stem: path for path in (built.targets / "parquet").glob("*/*.parquet")}
    return {name: sources.parquet_source(files[name]) for name in names}


def test_all_tables_and_indexes_of_a_release_are_published(built: Workspace, endpoint: str) -> None:
    """Some events of the samples, because the local server needs a minute for all of them."""
    relations = release_sources(built)
    ids = {row["ev_id"] for row in islice(relations["events"].rows(), 0, None, 200)}

    def few(source: sources.Source) -> sources.Source:
        if "ev_id" not in source.columns:
            return replace(source, rows=lambda: islice(source.rows(), 3))
        return replace(source, rows=lambda: (row for row in source.rows() if row["ev_id"] in ids))

    tables = specification.read(specification.RELEASE, {name: item.columns for name, item in relations.items()})
    release = publish.Release("r1", "f1", tables, {name: few(source) for name, source in relations.items()})
    database = connect(endpoint, prefix="all-")
    record = publish.publish(database, release)
    assert record.validation.problems == [] and all(record.validation.items.values())
    indexes = {table.name: {index.name: "ACTIVE" for index in table.indexes} for table in tables.values()}
    assert record.validation.indexes == indexes and sum(map(len, indexes.values())) == 6
    # The query of the guide.
    events = [row for row in release.sources["events"].rows() if row["ev_state"] and row["ev_date"]]
    state, day = events[0]["ev_state"], events[0]["ev_date"]
    response = database.call(
        "query",
        TableName=record.published["events"],
        IndexName="by_state",
        KeyConditionExpression="ev_state = :state and ev_date >= :day",
        ExpressionAttributeValues={":state": {"S": state}, ":day": {"S": day.isoformat()}},
    )
    expected = [row["ev_id"] for row in events if row["ev_state"] == state and row["ev_date"] >= day]
    assert sorted(item["ev_id"]["S"] for item in response["Items"]) == sorted(expected)


def test_all_rows_of_the_samples_can_be_stored_and_read_again(built: Workspace) -> None:
    """With the tables of a release as they are: keys are unique, and every value survives."""
    relations = release_sources(built)
    tables = specification.read(specification.RELEASE, {name: item.columns for name, item in relations.items()})
    assert list(tables) == ["events", "aircraft", "findings", "narratives", "statistics"]
    read = contents.read_all(tables.values(), relations)
    assert all(read[name].rows == len(read[name].digests) > 100 for name in tables)
    for table in tables.values():
        for relation in table.relations:
            for row in relations[relation].rows():
                published = {name: row[name] for name in table.columns[relation]}
                assert row_of(table, relation, items.items_of(table, relation, row)) == published
