"""Tables of DynamoDB: created, indexed one index at a time, waited for, and deleted."""

import time
from collections.abc import Callable, Iterator
from itertools import chain, count
from string import ascii_lowercase
from typing import Any

from pipeline.dynamodb.client import Database
from pipeline.dynamodb.specification import Index, TableSpec
from pipeline.errors import DynamodbError

NOT_FOUND = ("ResourceNotFoundException",)
# Another change of the table, or too many of the account, are in progress; backups of a new table are being set up.
BUSY = ("ResourceInUseException", "LimitExceededException", "ContinuousBackupsUnavailableException")


def names(prefix: str, table: TableSpec) -> Iterator[str]:
    """Yield the names of copies of a table with this shape, ending in -a, -b, ..., -z, -26, -27, ..."""
    for copy in chain(ascii_lowercase, map(str, count(len(ascii_lowercase)))):
        yield f"{prefix}{table.name}-{table.shape}-{copy}"


def is_copy(name: str, prefix: str, table: TableSpec) -> bool:
    """Return True for the name of a copy of a table with this shape."""
    return name.rpartition("-")[0] == f"{prefix}{table.name}-{table.shape}"


def describe(database: Database, name: str) -> dict[str, Any] | None:
    """Return the description of a table, or None if there is none."""
    from botocore.exceptions import ClientError

    try:
        description: dict[str, Any] = database.call("describe_table", NOT_FOUND, TableName=name)["Table"]
        return description
    except ClientError:
        return None


def wait_until(database: Database, subject: str, state: Callable[[], bool]) -> None:
    """Wait until `state` returns True. Raises DynamodbError after `index_timeout_s`."""
    deadline = time.monotonic() + database.settings.index_timeout_s
    while not state():
        if time.monotonic() > deadline:
            raise DynamodbError(
                f"{subject}: expected the requested state within {database.settings.index_timeout_s:.0f} s, found "
                "another; look at the table in the console and run the same command again"
            )
        time.sleep(database.settings.poll_s)


def is_readable(description: dict[str, Any] | None) -> bool:
    """Return True if items can be read: not while a table is created or deleted."""
    return description is not None and description["TableStatus"] in ("ACTIVE", "UPDATING")


def is_active(database: Database, name: str) -> bool:
    """Return True if the table exists and accepts requests."""
    description = describe(database, name)
    return description is not None and description["TableStatus"] == "ACTIVE"


def create(database: Database, name: str, key: dict[str, str]) -> None:
    """Create a table if there is none of this name, and wait until it accepts requests. `key`: {attribute: type}."""

    def is_requested() -> bool:
        if description := describe(database, name):
            return bool(description["TableStatus"] != "DELETING")
        return _try_change(
            database,
            "create_table",
            TableName=name,
            KeySchema=_key_schema(*key),
            AttributeDefinitions=_definitions(key),
            SSESpecification=_encryption(database),
            **_billing(database),
        )

    wait_until(database, name, is_requested)
    wait_until(database, name, lambda: is_active(database, name))
    request_recovery(database, name)


def create_for(database: Database, name: str, table: TableSpec) -> None:
    """Create a table for the items of a specification, without its indexes."""
    create(database, name, {attribute: table.key_attributes[attribute] for attribute in table.key})


def _try_change(database: Database, operation: str, **parameters: Any) -> bool:
    """Request a change; return False if the table, or the account, has too many changes in progress for it."""
    from botocore.exceptions import ClientError

    try:
        database.call(operation, BUSY, **parameters)
    except ClientError:
        database.count("delayed")
        return False
    return True


def _encryption(database: Database) -> dict[str, Any]:
    """Return the request for encryption with a key of KMS: the account's one for DynamoDB, or a key of the user."""
    key = database.settings.encryption_key
    return {"Enabled": True, "SSEType": "KMS"} | ({"KMSMasterKeyId": key} if key else {})


def _billing(database: Database) -> dict[str, Any]:
    if database.settings.billing == "on-demand":
        return {"BillingMode": "PAY_PER_REQUEST"}
    return {"BillingMode": "PROVISIONED", "ProvisionedThroughput": _throughput(database)}


def _throughput(database: Database) -> dict[str, int]:
    settings = database.settings
    return {"ReadCapacityUnits": settings.read_units, "WriteCapacityUnits": settings.write_units}


def request_recovery(database: Database, name: str) -> None:
    """Enable point-in-time recovery of a table, which may have it, if the settings say so."""
    if not database.settings.point_in_time_recovery:
        return
    recovery = {"PointInTimeRecoveryEnabled": True}

    def is_requested() -> bool:
        return _try_change(
            database, "update_continuous_backups", TableName=name, PointInTimeRecoverySpecification=recovery
        )

    wait_until(database, f"{name}: point-in-time recovery", is_requested)


def _key_schema(*attributes: str) -> list[dict[str, str]]:
    kinds = ("HASH", "RANGE")
    return [{"AttributeName": name, "KeyType": kind} for name, kind in zip(attributes, kinds, strict=False)]


def _definitions(attributes: dict[str, str]) -> list[dict[str, str]]:
    return [{"AttributeName": name, "AttributeType": kind} for name, kind in attributes.items()]


def index_states(description: dict[str, Any]) -> dict[str, str]:
    """Return {index: CREATING, ACTIVE, ...} of the description of a table."""
    return {index["IndexName"]: index["IndexStatus"] for index in description.get("GlobalSecondaryIndexes", ())}


def create_indexes(database: Database, name: str, table: TableSpec) -> None:
    """Create the indexes that the table lacks, one at a time, and wait until each is active.

    DynamoDB accepts one creation at a time per table, and a limited number in the account.
    """
    for index in table.indexes:
        # One that an interrupted publication has requested may be in progress.
        _wait_for_indexes(database, name)
        _create_index(database, name, table, index)
        _wait_for_indexes(database, name, index.name)


def _wait_for_indexes(database: Database, name: str, *expected: str) -> None:
    """Wait until all indexes are active; descriptions may lack an `expected` one for a moment."""

    def is_ready() -> bool:
        description = describe(database, name) or {}
        states = index_states(description)
        is_table_active = description.get("TableStatus") == "ACTIVE"
        return is_table_active and set(expected) <= set(states) and set(states.values()) <= {"ACTIVE"}

    wait_until(database, f"{name}: indexes", is_ready)


def _create_index(database: Database, name: str, table: TableSpec, index: Index) -> None:
    create_index: dict[str, Any] = {
        "IndexName": index.name,
        "KeySchema": _key_schema(*index.key),
        "Projection": {"ProjectionType": "ALL"},
    }
    if database.settings.billing != "on-demand":
        create_index["ProvisionedThroughput"] = _throughput(database)

    def is_requested() -> bool:
        description = describe(database, name) or {}
        described = {
            item["AttributeName"]: item["AttributeType"] for item in description.get("AttributeDefinitions", ())
        }
        return index.name in index_states(description) or _try_change(
            database,
            "update_table",
            TableName=name,
            AttributeDefinitions=_definitions(described | {key: table.key_attributes[key] for key in index.key}),
            GlobalSecondaryIndexUpdates=[{"Create": create_index}],
        )

    wait_until(database, f"{name}: index {index.name}", is_requested)


def delete(database: Database, name: str) -> None:
    """Delete a table, if there is one, and wait until it is gone."""

    def is_deleted() -> bool:
        description = describe(database, name)
        if description and description["TableStatus"] == "ACTIVE":
            _try_change(database, "delete_table", TableName=name)
        return description is None

    wait_until(database, f"{name}: deletion", is_deleted)
