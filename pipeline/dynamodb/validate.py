"""Validation of tables: every row is present once and equal, indexes answer their queries, references lead to rows."""

import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from pipeline.dynamodb import releases, tables
from pipeline.dynamodb.client import Database
from pipeline.dynamodb.contents import Contents, Sample, key_digest
from pipeline.dynamodb.items import with_unindexed
from pipeline.dynamodb.load import compare, scan_items
from pipeline.dynamodb.specification import PART, RELATION, TableSpec
from pipeline.dynamodb.values import Attribute, Item, attribute_type, canonical_text
from pipeline.errors import DynamodbError, printable

MAX_EXAMPLES = 5
# Indexes follow their table within this time.
CONSISTENCY_S = 30.0


@dataclass
class Validation:
    """Result for a set of tables. `items`: {table: number of items read}; `problems`: one sentence each."""

    items: dict[str, int] = field(default_factory=dict)
    indexes: dict[str, dict[str, str]] = field(default_factory=dict)
    queries: int = 0
    problems: list[str] = field(default_factory=list)


@dataclass
class _Keys:
    """Keys of the rows of a table, and {reference: values of its columns}, as canonical texts."""

    own: set[bytes] = field(default_factory=set)
    referenced: dict[str, set[bytes]] = field(default_factory=dict)


def validate(
    database: Database,
    specification: Mapping[str, TableSpec],
    contents: Mapping[str, Contents],
    names: Mapping[str, str],
) -> Validation:
    """Validate tables. `names`: {table: name in DynamoDB}; tables without a name are not validated."""
    result, keys = Validation(), {}
    for name, table in specification.items():
        if name in names:
            keys[name] = _validate_table(database, table, contents[name], names[name], result)
    for name, own in keys.items():
        for reference in specification[name].references:
            if reference.table in keys and (orphans := own.referenced[reference.table] - keys[reference.table].own):
                examples = b", ".join(sorted(orphans)[:MAX_EXAMPLES]).decode()
                result.problems.append(f"{name}: {len(orphans)} references to missing {reference.table}: {examples}")
    return result


def validate_published(
    database: Database, specification: Mapping[str, TableSpec], contents: Mapping[str, Contents]
) -> Validation:
    """Validate the tables that readers use. Raises DynamodbError if nothing is published."""
    alias = releases.read_alias(database)
    if alias is None:
        raise DynamodbError(
            f"{releases.control_table(database)}: expected a published release, found none; publish one with "
            "luigi --module pipeline PublishDynamodb"
        )
    result = validate(database, specification, contents, {name: table.name for name, table in alias.tables.items()})
    for name in sorted(set(specification) ^ set(alias.tables)):
        result.problems.append(f"{name}: expected in the specification and published, found only one of them")
    return result


def _validate_table(database: Database, table: TableSpec, contents: Contents, name: str, result: Validation) -> _Keys:
    """Add items and problems of a table and its indexes to `result`, and return the keys that it has."""
    keys = _Keys(referenced={reference.table: set() for reference in table.references})
    kinds: set[str] = set()
    description = tables.describe(database, name)
    if description is None or not tables.is_readable(description):
        status = description["TableStatus"] if description else "none"
        result.problems.append(f"{table.name}: expected the active table {name}, found {status}")
        return keys
    items = _inspect(table, scan_items(database, name), keys, kinds, result)
    difference = compare(table, contents, items)
    counts = {
        "missing": len(difference.missing),
        "different": len(difference.different),
        "surplus": len(difference.surplus),
    }
    result.problems += [f"{table.name}: {count:,} {kind} items" for kind, count in counts.items() if count]
    result.problems += [f"{table.name}: {text}" for text in sorted(kinds)]
    result.problems += [f"{table.name}: {text}" for text in _schema_problems(table, description)]
    result.indexes[table.name] = tables.index_states(description)
    _validate_indexes(database, table, contents, name, result)
    return keys


def _inspect(
    table: TableSpec, items: Iterable[Item], keys: _Keys, kinds: set[str], result: Validation
) -> Iterator[Item]:
    """Yield the items unchanged; collect their number, their keys and, in `kinds`, messages on wrong types."""
    result.items[table.name] = 0
    is_referenced = len(table.relations) == 1
    for item in items:
        result.items[table.name] += 1
        if PART not in item:
            complete = with_unindexed(item)
            if is_referenced:
                keys.own.add(_values(complete, table.key_columns))
            for reference in table.references:
                # A reference without a value references no row, as in SQL.
                if all(column in complete for column in reference.columns):
                    keys.referenced[reference.table].add(_values(complete, reference.columns))
        kinds.update(_wrong_types(table, item))
        yield item


def _values(item: Item, columns: Iterable[str]) -> bytes:
    """Return the values of columns as text: those of a reference and of the key that it names are equal."""
    present = {str(number): item[name] for number, name in enumerate(columns) if name in item}
    return canonical_text(present)


def _wrong_types(table: TableSpec, item: Item) -> Iterator[str]:
    """Yield a message for each attribute whose type differs from that of its column."""
    relation = item[RELATION]["S"] if len(table.relations) > 1 else next(iter(table.relations))
    for column, kind in table.columns.get(relation, {}).items():
        if column in item and attribute_type(kind) not in item[column]:
            yield f"{column}: expected type {attribute_type(kind)}, found {next(iter(item[column]))}"


def _schema_problems(table: TableSpec, description: Mapping[str, object]) -> Iterator[str]:
    """Yield how keys and indexes of a table differ from the specification."""

    def keys(schema: object) -> tuple[str, ...]:
        assert isinstance(schema, list)
        return tuple(entry["AttributeName"] for entry in sorted(schema, key=lambda entry: str(entry["KeyType"])))

    if keys(description["KeySchema"]) != table.key:
        yield f"expected the key {table.key}, found {keys(description['KeySchema'])}"
    definitions = description["AttributeDefinitions"]
    assert isinstance(definitions, list)
    types = {entry["AttributeName"]: entry["AttributeType"] for entry in definitions}
    if types != table.key_attributes:
        yield f"expected the key attributes {table.key_attributes}, found {types}"
    published = description.get("GlobalSecondaryIndexes") or []
    assert isinstance(published, list)
    indexes = {index["IndexName"]: keys(index["KeySchema"]) for index in published}
    expected = {index.name: index.key for index in table.indexes}
    if indexes != expected:
        yield f"expected the indexes {expected}, found {indexes}"


def _validate_indexes(database: Database, table: TableSpec, contents: Contents, name: str, result: Validation) -> None:
    """Add a problem for each index that is not active or does not return the rows of its samples."""
    for index in table.indexes:
        state = result.indexes[table.name].get(index.name, "MISSING")
        if state != "ACTIVE":
            result.problems.append(f"{table.name}: index {index.name} is {state}")
            continue
        for sample in contents.samples[index.name]:
            result.queries += 1
            if not _answers(database, table, name, index.name, index.partition, sample):
                value = printable(str(next(iter(sample.value.values()))))
                result.problems.append(f"{table.name}: index {index.name} does not return the rows of {value}")


def _answers(database: Database, table: TableSpec, name: str, index: str, attribute: str, sample: Sample) -> bool:
    """Return True if the query of an index returns the keys of the rows, at the latest after CONSISTENCY_S."""
    deadline = time.monotonic() + CONSISTENCY_S
    while True:
        items = query_index(database, name, index, attribute, sample.value)
        if sorted(key_digest(table, item) for item in items) == sorted(sample.keys):
            return True
        if time.monotonic() > deadline:
            return False
        time.sleep(database.settings.poll_s)


def query_index(database: Database, name: str, index: str, attribute: str, value: Attribute) -> list[Item]:
    """Return the items of a value of the partition key of an index."""
    pages = database.pages(
        "query",
        TableName=name,
        IndexName=index,
        KeyConditionExpression="#attribute = :value",
        ExpressionAttributeNames={"#attribute": attribute},
        ExpressionAttributeValues={":value": value},
    )
    return [item for page in pages for item in page["Items"]]
