"""Settings of a publication to DynamoDB: billing, encryption, recovery, price, address and credentials."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pipeline.dynamodb import client, publish, releases, tables, timings
from pipeline.errors import DynamodbError
from tests import dynamodb_server
from tests.dynamodb_server import SPECIFICATION, WRITES, connect, example_rows, publish_rows, recorded, release

pytest.importorskip("boto3", reason=dynamodb_server.MISSING)
pytest.importorskip("moto.server", reason=dynamodb_server.MISSING)


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    with dynamodb_server.serving() as address, pytest.MonkeyPatch.context() as patch:
        patch.setattr(timings, "measure", lambda *_: [])
        yield address


def test_tables_request_encryption_on_demand_billing_and_recovery(endpoint: str, tmp_path: Path) -> None:
    database = connect(endpoint, prefix="options-", point_in_time_recovery=True, encryption_key="alias/own")
    requests = recorded(database)
    publish_rows(database, tmp_path, "r1", example_rows(3))
    created = [parameters for name, parameters in requests if name == "CreateTable"]
    assert len(created) == 5
    encryption = {"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": "alias/own"}
    assert all(parameters["SSESpecification"] == encryption for parameters in created)
    assert {parameters["BillingMode"] for parameters in created} == {"PAY_PER_REQUEST"}
    assert sum(name == "UpdateContinuousBackups" for name, _ in requests) == 5


def test_recovery_that_is_requested_later_covers_tables_that_are_kept(endpoint: str, tmp_path: Path) -> None:
    rows = example_rows(2)
    publish_rows(connect(endpoint, prefix="recovery-"), tmp_path, "r1", rows)
    database = connect(endpoint, prefix="recovery-", point_in_time_recovery=True)
    requests = recorded(database)
    rows["events"][0]["ev_year"] = 1999
    publish_rows(database, tmp_path, "r2", rows)
    alias = releases.read_alias(database)
    assert alias
    enabled = {parameters["TableName"] for name, parameters in requests if name == "UpdateContinuousBackups"}
    assert enabled == {table.name for table in alias.tables.values()} | {"recovery-control"}


def test_tables_are_created_loaded_and_indexed_at_the_same_time(endpoint: str, tmp_path: Path) -> None:
    database, first = connect(endpoint, prefix="together-"), {}

    def meet(model: Any, params: dict[str, Any], **_: Any) -> None:
        """Wait, in the first two requests for tables of the release, until both are about to be sent."""
        requests, both = first[model.name]
        if "control" not in str(params) and len(requests) < 2:
            requests.append(str(params))
            both.wait()

    for operation in ("CreateTable", "BatchWriteItem", "UpdateTable"):
        first[operation] = [], threading.Barrier(2, timeout=20)
        database.client.meta.events.register(f"provide-client-params.dynamodb.{operation}", meet)
    publish_rows(database, tmp_path, "r1", example_rows(2))
    assert [len(set(requests)) for requests, _ in first.values()] == [2, 2, 2]


def test_provisioned_billing_covers_tables_and_indexes(endpoint: str, tmp_path: Path) -> None:
    database = connect(endpoint, prefix="provisioned-", billing="provisioned", read_units=7, write_units=8)
    requests = recorded(database)
    publish_rows(database, tmp_path, "r1", example_rows(3))
    created = [parameters["SSESpecification"] for name, parameters in requests if name == "CreateTable"]
    assert created == [{"Enabled": True, "SSEType": "KMS"}] * 5, "without a key, that of the account for DynamoDB"
    alias = releases.read_alias(database)
    assert alias
    description = tables.describe(database, alias.tables["events"].name) or {}
    for subject in (description, *description["GlobalSecondaryIndexes"]):
        throughput = subject["ProvisionedThroughput"]
        assert (throughput["ReadCapacityUnits"], throughput["WriteCapacityUnits"]) == (7, 8)


def test_a_price_above_the_limit_needs_a_confirmation(
    endpoint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = connect(endpoint, prefix="price-", max_unconfirmed_usd=0.0)
    monkeypatch.setattr("pipeline.dynamodb.cost.is_local", lambda _: False)
    requests, lines = recorded(database), []
    with pytest.raises(DynamodbError, match=r"at most 0.00 US dollars, found .*; add --confirm-cost"):
        publish_rows(database, tmp_path, "r1", example_rows(), SPECIFICATION)
    assert [name for name, _ in requests if name in WRITES] == []
    publish.publish(database, release(tmp_path, "r1", example_rows()), True, lines.append)
    # Two copies of 20 events with 3 writes, 10 with 2, 30 aircraft with 2, 29 short narratives with 1, the items of a
    # long one with 1, 342 and 69, and 9 statistics.
    assert lines[0].startswith("dynamodb: 1,180 write units and ") and "US dollars" in lines[0]


def test_an_unreachable_server_is_reported_after_the_last_attempt(tmp_path: Path) -> None:
    with pytest.raises(DynamodbError, match="in 2 attempts, found EndpointConnectionError"):
        publish_rows(connect("http://127.0.0.1:1", attempts=2), tmp_path, "r1", {})


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"prefix": "a b"}, "prefix: expected 1 to 128 letters, digits, '_', '.' and '-', found 'a b'; correct it"),
        ({"endpoint": "nowhere"}, "expected the address to be accepted, found ValueError"),
        ({"endpoint": "http://[::1"}, "expected the address to be accepted, found ValueError"),
        ({"endpoint": "", "region": "a b"}, "expected the address to be accepted, found InvalidRegionError"),
    ],
)
def test_an_invalid_address_or_prefix_is_reported(changes: dict[str, str], message: str) -> None:
    with pytest.raises(DynamodbError, match=message):
        connect(**({"endpoint": "http://127.0.0.1:1"} | changes))


def test_credentials_are_read_from_environment_and_roles_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "credentials"
    file.write_text("[default]\naws_access_key_id = fromfile\naws_secret_access_key = secret\n", encoding="utf-8")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(file))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name, raising=False)
    database = connect("", attempts=1)
    with pytest.raises(DynamodbError, match="found NoCredentialsError: Unable to locate credentials; correct"):
        releases.read_alias(database)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "fromenvironment")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    assert client.open_client(dynamodb_server.settings("")).meta.events is not None
    signer = client.open_client(dynamodb_server.settings(""))._request_signer
    assert signer._credentials.access_key == "fromenvironment"
