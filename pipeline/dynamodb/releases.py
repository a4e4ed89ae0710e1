"""The control table, `<prefix>control`: which tables readers use, and which tables the pipeline has created.

Item `current` is the alias: `release`, `tables` {table: name of the table in DynamoDB}, and `state` for publishers.
Items `table:<name>` list the tables to remove when they are no longer used. Item `publisher` names the publication that
started last: only that one writes to tables, deletes them and switches readers.
"""

import json
from dataclasses import asdict, dataclass, field
from typing import Any

from pipeline.dynamodb import tables
from pipeline.dynamodb.client import Database
from pipeline.errors import DynamodbError

KEY = "name"
CURRENT, PUBLISHER, TABLE_PREFIX = "current", "publisher", "table:"
CANCELED = ("TransactionCanceledException",)


@dataclass(frozen=True)
class PublishedTable:
    """A published table: its name in DynamoDB, the one of its other copy, and the digest and number of its items."""

    name: str
    standby: str
    digest: str
    items: int


@dataclass(frozen=True)
class Alias:
    """What readers use. `publication` counts; `switched_at`: seconds since 1970."""

    release: str
    fingerprint: str
    publication: int
    switched_at: int
    tables: dict[str, PublishedTable] = field(default_factory=dict)

    def item(self) -> dict[str, Any]:
        """Return the item of the alias."""
        state = {name: asdict(table) for name, table in sorted(self.tables.items())}
        return {
            KEY: {"S": CURRENT},
            "release": {"S": self.release},
            "fingerprint": {"S": self.fingerprint},
            "publication": {"N": str(self.publication)},
            "switched_at": {"N": str(self.switched_at)},
            "tables": {"M": {name: {"S": table.name} for name, table in self.tables.items()}},
            "state": {"S": json.dumps(state)},
        }


def control_table(database: Database) -> str:
    """Return the name of the control table."""
    return f"{database.settings.prefix}control"


def create_control_table(database: Database) -> None:
    """Create the control table if it does not exist."""
    tables.create(database, control_table(database), {KEY: "S"})


def read_alias(database: Database) -> Alias | None:
    """Return what readers use, or None if nothing is published."""
    from botocore.exceptions import ClientError

    try:
        response = database.call(
            "get_item",
            tables.NOT_FOUND,
            TableName=control_table(database),
            Key={KEY: {"S": CURRENT}},
            ConsistentRead=True,
        )
    except ClientError:
        return None
    item = response.get("Item")
    if item is None:
        return None
    state = json.loads(item["state"]["S"])
    return Alias(
        item["release"]["S"],
        item["fingerprint"]["S"],
        int(item["publication"]["N"]),
        int(item["switched_at"]["N"]),
        {name: PublishedTable(**table) for name, table in state.items()},
    )


def claim(database: Database, publisher: str, before: Alias | None) -> None:
    """Record the publication that has started: an earlier one that is still running stops at its next request.

    Raises DynamodbError if readers do not use `before`: the copies that it leaves free may be theirs now.
    """
    item = {KEY: {"S": PUBLISHER}, "id": {"S": publisher}}
    database.call("put_item", TableName=control_table(database), Item=item)
    if read_alias(database) != before:
        raise _overtaken()


def require_claim(database: Database, publisher: str) -> None:
    """Raise DynamodbError unless this publication is the one that has started last."""
    response = database.call(
        "get_item", TableName=control_table(database), Key={KEY: {"S": PUBLISHER}}, ConsistentRead=True
    )
    if response.get("Item", {}).get("id") != {"S": publisher}:
        raise _overtaken()


def _overtaken() -> DynamodbError:
    return DynamodbError(
        "dynamodb: expected to be the only publication with this prefix, found another publication; "
        "wait for it to end and run the same command again"
    )


def switch(database: Database, publisher: str, before: Alias | None, alias: Alias) -> None:
    """Make readers use the tables of `alias`, in one write. Raises DynamodbError if another publication has started."""
    from botocore.exceptions import ClientError

    control = control_table(database)
    is_mine = {
        "TableName": control,
        "Key": {KEY: {"S": PUBLISHER}},
        "ConditionExpression": "id = :id",
        "ExpressionAttributeValues": {":id": {"S": publisher}},
    }
    put: dict[str, Any] = {"TableName": control, "Item": alias.item()}
    if before is None:
        put |= {"ConditionExpression": "attribute_not_exists(publication)"}
    else:
        values = {":before": {"N": str(before.publication)}}
        put |= {"ConditionExpression": "publication = :before", "ExpressionAttributeValues": values}
    try:
        items = [{"ConditionCheck": is_mine}, {"Put": put}]
        database.call("transact_write_items", CANCELED, TransactItems=items)
    except ClientError as error:
        # An attempt without a response may have succeeded.
        if read_alias(database) != alias:
            raise _overtaken() from error


def record_table(database: Database, name: str) -> None:
    """Record that the pipeline creates this table."""
    database.call("put_item", TableName=control_table(database), Item={KEY: {"S": f"{TABLE_PREFIX}{name}"}})


def recorded_tables(database: Database) -> list[str]:
    """Return the names of the tables that the pipeline has created and not removed, sorted."""
    names = [
        item[KEY]["S"]
        for page in database.pages("scan", TableName=control_table(database), ConsistentRead=True)
        for item in page["Items"]
    ]
    return sorted(name.removeprefix(TABLE_PREFIX) for name in names if name.startswith(TABLE_PREFIX))


def unused_tables(database: Database) -> list[str]:
    """Return the recorded tables that the alias names neither as used nor as second copies."""
    alias = read_alias(database)
    in_use = {name for table in (alias.tables if alias else {}).values() for name in (table.name, table.standby)}
    return [name for name in recorded_tables(database) if name not in in_use]


def remove_unused(database: Database) -> list[str]:
    """Delete the unused tables, each before its record, so that a removal can be continued; return their names.

    Needs the claim: a publication that has created some of them cannot switch readers to deleted tables.
    """
    removed = unused_tables(database)
    for name in removed:
        tables.delete(database, name)
        key = {KEY: {"S": f"{TABLE_PREFIX}{name}"}}
        database.call("delete_item", TableName=control_table(database), Key=key)
    return removed


def is_published(database: Database, fingerprint: str) -> bool:
    """Return True if readers use the release with this fingerprint, all its tables are active, and no others remain."""
    alias = read_alias(database)
    if alias is None or alias.fingerprint != fingerprint or unused_tables(database):
        return False
    return all(tables.is_active(database, table.name) for table in alias.tables.values())
