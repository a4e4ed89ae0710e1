"""Publication to DynamoDB, against a local server of its protocol: complete, exact, incremental, never half done."""

from collections.abc import Iterator
from copy import deepcopy
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.dynamodb import contents, load, releases, report, timings, validate
from pipeline.dynamodb.client import Database
from pipeline.dynamodb.publish import Publication
from pipeline.errors import DynamodbError
from tests import dynamodb_server
from tests.dynamodb_server import (
    EVENTS,
    SPECIFICATION,
    STATISTICS,
    WRITES,
    Faults,
    Rows,
    connect,
    example_rows,
    problems,
    publish_rows,
    recorded,
    stored,
)

pytest.importorskip("boto3", reason=dynamodb_server.MISSING)
pytest.importorskip("moto.server", reason=dynamodb_server.MISSING)

NUMBERS = count(1)
# A key with a column of an index, and a reference to it.
CAUSES = """
[tables.narratives]
partition = "ev_id"
relations = { narratives = ["aircraft_key", "narr_cause"] }
indexes = [{ name = "by_cause", partition = "narr_cause" }]
references = [{ columns = ["ev_id", "aircraft_key", "narr_cause"], table = "narratives" }]
"""
MEASURE = timings.measure


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    with dynamodb_server.serving() as address:
        yield address


@pytest.fixture
def database(endpoint: str) -> Database:
    """A connection with a prefix of its own."""
    return connect(endpoint, prefix=f"test{next(NUMBERS)}-")


@pytest.fixture(autouse=True)
def no_timings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Durations are measured in one test only."""
    monkeypatch.setattr(timings, "measure", lambda *_: [])


def written(record: Publication) -> dict[str, tuple[int, int]]:
    """{copy: (items written, items deleted)} of copies."""
    return {
        f"{copy.table.name} {copy.name[-1]}": (len(copy.difference.to_write), len(copy.difference.surplus))
        for copy in record.copies
    }


def test_every_row_is_published_once_and_every_index_answers(database: Database, tmp_path: Path) -> None:
    rows = example_rows()
    record = publish_rows(database, tmp_path, "r1", rows, SPECIFICATION)
    assert record.validation.problems == [] and problems(database, tmp_path, rows, SPECIFICATION) == []
    # A narrative of 420 kB fills three items.
    assert record.validation.items == {"events": 30, "aircraft": 30, "narratives": 32, "statistics": 9}
    assert record.validation.indexes == {
        **{"events": {"by_state": "ACTIVE", "by_year": "ACTIVE"}, "aircraft": {"by_make": "ACTIVE"}},
        **{"narratives": {}, "statistics": {}},
    }
    alias = releases.read_alias(database)
    assert alias and alias.release == "r1"
    item = database.call("get_item", TableName=alias.tables["events"].name, Key={"ev_id": {"S": "E003"}})["Item"]
    assert item == {"ev_id": {"S": "E003"}, "ev_state": {"S": "AK"}, "ev_year": {"N": "2003"}}


def test_queries_are_compared_with_scans_that_answer_the_same_question(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timings, "measure", MEASURE)
    record = publish_rows(database, tmp_path, "r1", example_rows(), SPECIFICATION)
    accesses = [(timing.table, timing.access) for timing in record.timings]
    assert accesses[:3] == [("events", "key"), ("events", "index by_state"), ("events", "index by_year")]
    assert [table for table, _ in accesses[3:]] == ["aircraft", "aircraft", "narratives", "statistics"]
    assert all(timing.items and timing.query_s > 0 and timing.scan_s > 0 for timing in record.timings)
    page = report.render(record)
    assert "index by_year" in page and page.count(" (unchanged)") == 0
    for phase in ("read", "compare", "prepare", "load", "index", "validate", "switch", "remove", "measure"):
        assert f'<tr><td>{phase}</td><td class="n">{record.phases[phase]:.3f}</td></tr>' in page
    assert "101 items compared with the rows" in page and "0 problems" in page


def test_the_same_release_is_not_written_again(database: Database, tmp_path: Path) -> None:
    publish_rows(database, tmp_path, "r1", example_rows())
    requests = recorded(database)
    record = publish_rows(database, tmp_path, "r1", example_rows())
    assert [name for name, _ in requests if name in WRITES] == []
    assert record.copies == [] and record.validation.problems == []


def test_a_release_with_the_same_rows_writes_the_alias_only(database: Database, tmp_path: Path) -> None:
    publish_rows(database, tmp_path, "r1", example_rows())
    requests = recorded(database)
    publish_rows(database, tmp_path, "r2", example_rows())
    assert [name for name, _ in requests if name in WRITES] == ["PutItem", "TransactWriteItems"]
    alias = releases.read_alias(database)
    assert alias and (alias.release, alias.publication) == ("r2", 2)


def sent_batches(requests: list[tuple[str, dict[str, Any]]]) -> int:
    """The number of items in the batches that were sent."""
    batches = [parameters["RequestItems"] for name, parameters in requests if name == "BatchWriteItem"]
    return sum(len(items) for batch in batches for items in batch.values())


def test_a_new_release_writes_changed_items_only(database: Database, tmp_path: Path) -> None:
    first = publish_rows(database, tmp_path, "r1", example_rows(), SPECIFICATION)
    # Both copies are filled once, so that the next release finds one with the rows of this one.
    assert written(first)["events a"] == written(first)["events b"] == (30, 0)
    requests = recorded(database)
    second = publish_rows(database, tmp_path, "r2", example_rows(changed=4), SPECIFICATION)
    assert sent_batches(requests) == 3 + 1 + 3 + 1 + 1
    assert written(second) == {"events b": (3, 1), "aircraft b": (3, 1), "narratives b": (0, 1)}
    assert second.kept == ["statistics"] and problems(database, tmp_path, example_rows(changed=4), SPECIFICATION) == []
    requests.clear()
    third = publish_rows(database, tmp_path, "r3", example_rows(changed=5), SPECIFICATION)
    assert sent_batches(requests) == 2 * (4 + 1)
    # The copy of the first release lacks the changes of both later ones.
    assert written(third) == {"events a": (4, 1), "aircraft a": (4, 1)}
    assert problems(database, tmp_path, example_rows(changed=5), SPECIFICATION) == []


ROWS = st.fixed_dictionaries(
    {
        "events": st.lists(
            st.fixed_dictionaries(
                {
                    "ev_id": st.sampled_from("ABCDEF"),
                    "ev_state": st.sampled_from(["AK", "TX", None, ""]),
                    "ev_year": st.none(),
                }
            ),
            unique_by=lambda row: str(row["ev_id"]),
        ),
        "by_year": st.lists(
            st.fixed_dictionaries({"ev_year": st.integers(2000, 2003), "events": st.integers(-2, 2)}),
            unique_by=lambda row: int(row["ev_year"]),
        ),
    }
)


@settings(max_examples=3, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=st.lists(ROWS, min_size=2, max_size=3))
def test_incremental_publications_equal_a_full_load(
    endpoint: str, tmp_path: Path, history: list[dict[str, Rows]]
) -> None:
    incremental = connect(endpoint, prefix=f"incremental{next(NUMBERS)}-")
    for step, rows in enumerate(history):
        publish_rows(incremental, tmp_path, f"r{step}", rows, EVENTS + STATISTICS)
    full = connect(endpoint, prefix=f"full{next(NUMBERS)}-")
    publish_rows(full, tmp_path, "full", history[-1], EVENTS + STATISTICS)
    for name in ("events", "statistics"):
        assert current_items(incremental, name) == current_items(full, name)


def current_items(database: Database, table: str) -> list[str]:
    """Items of the table that readers use, as text."""
    alias = releases.read_alias(database)
    assert alias
    return sorted(str(sorted(item.items())) for item in load.scan_items(database, alias.tables[table].name))


def test_indexes_are_queried_and_never_scanned(database: Database, tmp_path: Path) -> None:
    requests = recorded(database)
    publish_rows(database, tmp_path, "r1", example_rows())
    problems(database, tmp_path, example_rows())
    queried = {
        parameters["IndexName"] for name, parameters in requests if name == "Query" and "IndexName" in parameters
    }
    assert queried == {"by_state", "by_year", "by_make"}
    assert [parameters for name, parameters in requests if name == "Scan" and "IndexName" in parameters] == []


def test_indexes_are_created_one_at_a_time_after_the_load(database: Database, tmp_path: Path) -> None:
    requests = recorded(database)
    publish_rows(database, tmp_path, "r1", example_rows())
    created = [parameters for name, parameters in requests if name == "UpdateTable"]
    assert all(len(parameters["GlobalSecondaryIndexUpdates"]) == 1 for parameters in created)
    names = [name for name, _ in requests]
    assert names.index("UpdateTable") > len(names) - 1 - names[::-1].index("BatchWriteItem")
    assert len(created) == 2 * 3


def test_the_next_index_waits_until_the_one_before_is_active(database: Database, tmp_path: Path) -> None:
    states: dict[tuple[str, str], int] = {}
    active: list[bool] = []

    def delay(parsed: dict[str, Any], **_: Any) -> None:
        """Report every index as CREATING in the first three descriptions."""
        for index in parsed.get("Table", {}).get("GlobalSecondaryIndexes", ()):
            key = parsed["Table"]["TableName"], index["IndexName"]
            states[key] = states.get(key, 0) + 1
            if states[key] <= 3:
                index["IndexStatus"] = "CREATING"

    def check(params: dict[str, Any], **_: Any) -> None:
        seen = [count for (table, _), count in states.items() if table == params["TableName"]]
        active.append(all(count > 3 for count in seen))

    database.client.meta.events.register("after-call.dynamodb.DescribeTable", delay)
    database.client.meta.events.register("provide-client-params.dynamodb.UpdateTable", check)
    publish_rows(database, tmp_path, "r1", example_rows())
    assert active == [True] * 6 and min(states.values()) > 3


def test_throttling_partial_batches_and_limits_are_survived(database: Database, tmp_path: Path) -> None:
    errors = {
        "BatchWriteItem": (6, "ProvisionedThroughputExceededException"),
        "Scan": (2, "ThrottlingException"),
        "Query": (2, "RequestLimitExceeded"),
        "CreateTable": (3, "LimitExceededException"),
        "UpdateTable": (4, "LimitExceededException"),
        "TransactWriteItems": (1, "InternalServerError"),
    }
    faults = Faults(database, errors, cut_share=0.4)
    record = publish_rows(database, tmp_path, "r1", example_rows())
    assert all(count == 0 for count, _ in faults.remaining.values())
    assert record.validation.problems == [] and problems(database, tmp_path, example_rows()) == []
    assert record.counts["unprocessed"] == faults.injected["unprocessed"] > 30
    assert record.counts["throttled"] == 10 and record.counts["delayed"] == 7
    page = report.render(record)
    assert f"{faults.injected['unprocessed']:,}</td>" in page and "ACTIVE" in page and "by_state" in page


def test_endless_throttling_ends_with_a_message_and_readers_keep_their_release(
    endpoint: str, database: Database, tmp_path: Path
) -> None:
    publish_rows(database, tmp_path, "r1", example_rows())
    before = stored(database)
    hopeless = connect(endpoint, prefix=database.settings.prefix, attempts=2)
    Faults(hopeless, {"BatchWriteItem": (10**6, "ThrottlingException")})
    with pytest.raises(DynamodbError, match="in 2 attempts, found ThrottlingException; run the same command again"):
        publish_rows(hopeless, tmp_path, "r2", example_rows(changed=4))
    after = stored(database)
    alias = releases.read_alias(database)
    assert alias and alias.release == "r1"
    assert all(after[table.name] == before[table.name] for table in alias.tables.values())
    publish_rows(database, tmp_path, "r2", example_rows(changed=4))
    assert problems(database, tmp_path, example_rows(changed=4)) == []


def damage(database: Database, table: str, **item: Any) -> None:
    alias = releases.read_alias(database)
    assert alias
    database.call("put_item", TableName=alias.tables[table].name, Item=item)


def test_validation_reports_every_kind_of_difference(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(validate, "CONSISTENCY_S", 0.0)
    monkeypatch.setattr(contents, "SAMPLES", 7)
    rows = example_rows()
    publish_rows(database, tmp_path, "r1", rows, SPECIFICATION)
    damage(database, "events", ev_id={"S": "E000"}, ev_state={"S": "AK"}, ev_year={"N": "1999"})
    damage(
        database, "aircraft", ev_id={"S": "gone"}, aircraft_key={"N": "1"}, acft_make={"S": "CESSNA"}, hours={"S": "1"}
    )
    alias = releases.read_alias(database)
    assert alias
    key = {"relation": {"S": "by_year"}, "item_key": {"S": "0000002000"}}
    database.call("delete_item", TableName=alias.tables["statistics"].name, Key=key)
    assert problems(database, tmp_path, rows, SPECIFICATION) == [
        "events: 1 different items",
        "events: index by_year does not return the rows of 2000",
        "aircraft: 1 surplus items",
        "aircraft: hours: expected type N, found S",
        "aircraft: index by_make does not return the rows of CESSNA",
        "statistics: 1 missing items",
        'aircraft: 1 references to missing events: {"0":{"S":"gone"}}',
    ]


def test_a_published_table_that_was_modified_is_replaced(database: Database, tmp_path: Path) -> None:
    publish_rows(database, tmp_path, "r1", example_rows())
    damage(database, "events", ev_id={"S": "E000"}, ev_state={"S": "AK"})
    record = publish_rows(database, tmp_path, "r1", example_rows())
    assert written(record) == {"events b": (0, 0)} and problems(database, tmp_path, example_rows()) == []


def test_a_copy_that_changes_during_a_publication_is_corrected_by_the_next_one(
    database: Database, tmp_path: Path
) -> None:
    alien = {"ev_id": {"S": "alien"}}

    def interfere(params: dict[str, Any], **_: Any) -> None:
        """Add an item after the load, before the validation."""
        database.client.meta.events.unregister("provide-client-params.dynamodb.UpdateTable", interfere)
        name = params["TableName"]
        key = alien if "-events-" in name else alien | {"aircraft_key": {"N": "1"}}
        database.call("put_item", TableName=name, Item=key)

    database.client.meta.events.register("provide-client-params.dynamodb.UpdateTable", interfere)
    with pytest.raises(DynamodbError, match=r"found \d differences: .*1 surplus items.*; run the same command again"):
        publish_rows(database, tmp_path, "r1", example_rows())
    assert releases.read_alias(database) is None
    publish_rows(database, tmp_path, "r1", example_rows())
    assert problems(database, tmp_path, example_rows()) == []


def test_texts_outside_indexes_are_published_counted_and_their_references_checked(
    database: Database, tmp_path: Path
) -> None:
    rows: dict[str, Any] = {
        "events": [{"ev_id": "E", "ev_state": ""}],
        "aircraft": [
            {"ev_id": "E", "aircraft_key": key, "acft_make": make} for key, make in ((1, ""), (2, "x" * 2049))
        ],
    }
    rows["narratives"] = [{"ev_id": "E", "aircraft_key": 1, "narr_cause": ""}]
    record = publish_rows(database, tmp_path, "r1", rows, dynamodb_server.TWO_TABLES + CAUSES)
    note = "aircraft.acft_make: 2 items are not in its indexes"
    assert note in report.to_text(record) and note in report.render(record)
    # The key of a row that is referenced has its texts outside indexes, too.
    assert problems(database, tmp_path, rows, dynamodb_server.TWO_TABLES + CAUSES) == []
    by_make = 'references = [{ columns = ["acft_make"], table = "events" }]'
    text = (
        dynamodb_server.TWO_TABLES.replace('references = [{ columns = ["ev_id"], table = "events" }]', by_make) + CAUSES
    )
    # An empty text, unlike a missing value, leads nowhere.
    assert problems(database, tmp_path, rows, text) == [
        f'aircraft: 2 references to missing events: {{"0":{{"S":""}}}}, {{"0":{{"S":"{"x" * 2049}"}}}}'
    ]


def test_orphans_stop_a_publication_before_readers_see_them(database: Database, tmp_path: Path) -> None:
    publish_rows(database, tmp_path, "r1", example_rows())
    rows = example_rows()
    del rows["events"][3]
    with pytest.raises(DynamodbError, match="1 references to missing events"):
        publish_rows(database, tmp_path, "r2", rows)
    alias = releases.read_alias(database)
    assert alias and alias.release == "r1" and problems(database, tmp_path, example_rows()) == []


def test_tables_of_an_old_shape_are_removed_after_the_switch(database: Database, tmp_path: Path) -> None:
    publish_rows(database, tmp_path, "r1", example_rows(), dynamodb_server.WITHOUT_INDEX)
    old = releases.read_alias(database)
    requests = recorded(database)
    record = publish_rows(database, tmp_path, "r2", example_rows())
    assert old and record.removed == sorted([old.tables["events"].name, old.tables["events"].standby])
    switches = [
        number
        for number, (name, parameters) in enumerate(requests)
        if name == "TransactWriteItems" and parameters["TransactItems"][1]["Put"]["Item"]["name"] == {"S": "current"}
    ]
    assert switches == [switches[0]] and switches[0] < [name for name, _ in requests].index("DeleteTable")
    assert len(stored(database)) == 5
    assert releases.is_published(database, "fingerprint of r2") and not releases.is_published(database, "other")


def test_a_publication_that_was_overtaken_cannot_switch_readers(database: Database, tmp_path: Path) -> None:
    def overtake(params: dict[str, Any], **_: Any) -> None:
        if len(params["TransactItems"]) == 2:
            database.client.meta.events.unregister("provide-client-params.dynamodb.TransactWriteItems", overtake)
            releases.claim(database, "another", None, releases.busy_tables(database))

    database.client.meta.events.register("provide-client-params.dynamodb.TransactWriteItems", overtake)
    with pytest.raises(DynamodbError, match="found another publication; wait for it to end"):
        publish_rows(database, tmp_path, "r1", example_rows())
    assert releases.read_alias(database) is None
    publish_rows(database, tmp_path, "r1", example_rows())
    assert problems(database, tmp_path, example_rows()) == []


def test_validation_needs_a_published_release(database: Database, tmp_path: Path) -> None:
    with pytest.raises(DynamodbError, match="expected a published release, found none"):
        problems(database, tmp_path, deepcopy(example_rows()))
