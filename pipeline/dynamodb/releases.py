"""The control table, `<prefix>control`: which tables readers use, and which tables the pipeline has created.

Item `current` is the alias: `release`, `tables` {table: name of the table in DynamoDB}, and `state` for publishers.
Item `publisher` names the publication that started last: only that one marks and deletes tables and switches readers.
Items `table:<name>` list the tables to remove when they are no longer used. `writer` names the lock (writers.py) of the
publication that may send requests which change the table: only a publication with this lock uses or deletes it.
"""

import contextlib
import json
from collections.abc import Collection
from dataclasses import asdict, dataclass, field
from typing import Any

from pipeline.dynamodb import tables
from pipeline.dynamodb.client import Database, exhausted
from pipeline.errors import DynamodbError, printable

KEY = "name"
CURRENT, PUBLISHER, TABLE_PREFIX = "current", "publisher", "table:"
CANCELED = ("TransactionCanceledException",)
CONDITION_FAILED = "ConditionalCheckFailed"
REFUSED = (f"{CONDITION_FAILED}Exception",)


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
    return None if item is None else _parse(database, item)


def _parse(database: Database, item: dict[str, Any]) -> Alias:
    """Return the alias of an item. Raises DynamodbError if the pipeline has not written it so."""
    try:
        state = json.loads(item["state"]["S"])
        alias = Alias(
            item["release"]["S"],
            item["fingerprint"]["S"],
            int(item["publication"]["N"]),
            int(item["switched_at"]["N"]),
            {name: PublishedTable(**table) for name, table in state.items()},
        )
        problem = "" if alias.item() == item else "attributes that contradict each other"
    except (KeyError, ValueError, TypeError, AttributeError, RecursionError) as error:
        problem = f"{type(error).__name__}: {error}"
    if problem:
        raise DynamodbError(
            f"{control_table(database)}: expected the item `{CURRENT}` as the pipeline writes it, found "
            f"{printable(problem)}; restore the table from a backup, or stop all readers, delete the item, and run the "
            "same command again"
        )
    return alias


def claim(database: Database, publisher: str, before: Alias | None, busy: Collection[str] = ()) -> None:
    """Record the publication that has started: an earlier one that is still running stops at its next request.

    Raises DynamodbError if readers do not use `before`, or others may write to other tables than `busy`: the copies to
    write may not be free.
    """
    item = {KEY: {"S": PUBLISHER}, "id": {"S": publisher}}
    database.call("put_item", TableName=control_table(database), Item=item)
    if read_alias(database) != before or busy_tables(database) != {*busy}:
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
    put: dict[str, Any] = {"Item": alias.item()}
    if before is None:
        put |= {"ConditionExpression": "attribute_not_exists(publication)"}
    else:
        values = {":before": {"N": str(before.publication)}}
        put |= {"ConditionExpression": "publication = :before", "ExpressionAttributeValues": values}
    # An attempt without a response may have succeeded.
    if not _put_as(database, publisher, put) and read_alias(database) != alias:
        raise _overtaken()


def mark(database: Database, publisher: str, name: str) -> None:
    """Record, before a table is created, written or deleted, that this publication does so.

    Raises DynamodbError if another publication has started, which then uses the table, or may still write to it.
    """
    writer = {"S": database.writer}
    put = {
        "Item": {KEY: {"S": f"{TABLE_PREFIX}{name}"}, "writer": writer},
        "ConditionExpression": "attribute_not_exists(writer) or writer = :writer",
        "ExpressionAttributeValues": {":writer": writer},
    }
    if not _put_as(database, publisher, put):
        raise _overtaken()


def _put_as(database: Database, publisher: str, put: dict[str, Any]) -> bool:
    """Put an item if this publication is the last that has started. Return False if a condition does not hold."""
    from botocore.exceptions import ClientError

    control = control_table(database)
    is_mine = {
        "TableName": control,
        "Key": {KEY: {"S": PUBLISHER}},
        "ConditionExpression": "id = :id",
        "ExpressionAttributeValues": {":id": {"S": publisher}},
    }
    items = [{"ConditionCheck": is_mine}, {"Put": {"TableName": control} | put}]
    for attempt in range(1, database.settings.attempts + 1):
        try:
            database.call("transact_write_items", CANCELED, TransactItems=items)
            return True
        except ClientError as error:
            reasons = [reason.get("Code") for reason in error.response.get("CancellationReasons", ())]
            if CONDITION_FAILED in reasons:
                return False
        # Another request was changing one of the items, or was throttled.
        database.wait(attempt)
    raise exhausted("transact_write_items", f"{', '.join(map(str, reasons))}", database.settings.attempts)


def unmark_all(database: Database) -> None:
    """Remove the marks of this writer if all its requests are answered: another one may still change the table."""
    from botocore.exceptions import ClientError

    writer = {"S": database.writer}
    for name, record in records(database).items():
        if record.get("writer") == writer and not database.is_unanswered:
            with contextlib.suppress(ClientError):
                database.call(
                    "update_item",
                    REFUSED,
                    TableName=control_table(database),
                    Key={KEY: {"S": f"{TABLE_PREFIX}{name}"}},
                    UpdateExpression="remove writer",
                    ConditionExpression="writer = :writer",
                    ExpressionAttributeValues={":writer": writer},
                )


def records(database: Database) -> dict[str, dict[str, Any]]:
    """Return {table: record} of the tables that the pipeline has created, sorted; none before the first publication."""
    from botocore.exceptions import ClientError

    result: dict[str, dict[str, Any]] = {}
    pages = database.pages("scan", tables.NOT_FOUND, TableName=control_table(database), ConsistentRead=True)
    with contextlib.suppress(ClientError):
        for page in pages:
            result |= {item[KEY]["S"]: item for item in page["Items"] if item[KEY]["S"].startswith(TABLE_PREFIX)}
    return {name.removeprefix(TABLE_PREFIX): result[name] for name in sorted(result)}


def busy_tables(database: Database) -> set[str]:
    """Return the tables to which another publication may still write, even one that was overtaken."""
    return {name for name, record in records(database).items() if _is_busy(database, record)}


def _is_busy(database: Database, record: dict[str, Any]) -> bool:
    """Return True for the record of a table with the mark of another store."""
    return record.get("writer") not in (None, {"S": database.writer})


def unused_tables(database: Database) -> list[str]:
    """Return the tables to delete: neither those that the alias names, used or as second copies, nor busy ones."""
    alias = read_alias(database)
    in_use = {name for table in (alias.tables if alias else {}).values() for name in (table.name, table.standby)}
    return [name for name, record in records(database).items() if name not in in_use and not _is_busy(database, record)]


def remove_unused(database: Database, publisher: str) -> list[str]:
    """Delete the unused tables, each before its record, so that a removal can be continued; return their names.

    Needs the claim: a publication that has created some of them cannot switch readers to deleted tables. A table with
    the mark of another publication stays, because that one may use it again; so does the record of a deleted table
    while a request is not answered.
    """
    removed = unused_tables(database)
    for name in removed:
        mark(database, publisher, name)
        tables.delete(database, name)
        if not database.is_unanswered:
            key = {KEY: {"S": f"{TABLE_PREFIX}{name}"}}
            database.call("delete_item", TableName=control_table(database), Key=key)
    return removed


def is_published(database: Database, fingerprint: str) -> bool:
    """Return True if readers use the release with this fingerprint, its tables are active, and none remains to delete.

    Only unused tables of this store are deleted; a table with the mark of another store is left to that store.
    After an unanswered request, the record of a deleted table may remain.
    """
    alias = read_alias(database)
    if alias is None or alias.fingerprint != fingerprint:
        return False
    if any(tables.describe(database, name) for name in unused_tables(database)):
        return False
    return all(tables.is_active(database, table.name) for table in alias.tables.values())
