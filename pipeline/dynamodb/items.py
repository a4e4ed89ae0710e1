"""Rows as items: keys, texts that fill several items, and the limits of DynamoDB."""

from collections.abc import Mapping
from typing import Any

from pipeline.dynamodb import values
from pipeline.dynamodb.specification import ITEM_KEY, PART, RELATION, UNINDEXED, TableSpec
from pipeline.dynamodb.values import MAX_ITEM_BYTES, Item

# An item that continues another one holds a text of at most this size.
PART_BYTES = 350_000
# Limits of DynamoDB for partition key and sort key.
KEY_BYTES = (2048, 1024)
# Integers in a composed key have this many digits, so that they sort.
KEY_DIGITS = 10


def items_of(table: TableSpec, relation: str, row: Mapping[str, Any]) -> list[Item]:
    """Return the item of a row, followed by those that continue it.

    A row that does not fit into an item keeps its columns other than `split`; each text in `split` is cut into parts of
    at most PART_BYTES, one item each, with the key of the row and ~column~number. Empty and long texts, which DynamoDB
    refuses in keys of indexes, are in the map `unindexed` instead.
    Raises ValueError for values and keys that DynamoDB cannot store.
    """
    columns = table.columns[relation]
    item: Item = {}
    for name, kind in columns.items():
        if row[name] is not None:
            try:
                item[name] = values.encode(kind, row[name])
            except ValueError as error:
                raise ValueError(f"{name}: {error}") from error
    if RELATION in table.key:
        item[RELATION] = {"S": relation}
    if table.sort == ITEM_KEY:
        item[ITEM_KEY] = {"S": compose(row[name] for name in table.relations[relation])}
    _check_key(table, item)
    if unindexed := _unindexed(table, item):
        item[UNINDEXED] = {"M": {name: item.pop(name) for name in unindexed}}
    if values.item_bytes(item) <= MAX_ITEM_BYTES:
        return [item]
    return _divide(table, item)


def with_unindexed(item: Item) -> Item:
    """Return an item with the texts in `unindexed`."""
    return item | item[UNINDEXED]["M"] if UNINDEXED in item else item


def compose(parts: Any) -> str:
    """Return one text for several values, different for different values."""
    return "#".join(map(_key_part, parts))


def _key_part(value: Any) -> str:
    """Return a value as part of a key: padded integers sort, and separators in text are escaped."""
    if value is None:
        return "%"
    if isinstance(value, int):
        return f"{value:0{KEY_DIGITS}d}"
    text = value if isinstance(value, str) else value.isoformat() if hasattr(value, "isoformat") else str(value)
    return text.replace("%", "%25").replace("#", "%23").replace("~", "%7E")


def _check_key(table: TableSpec, item: Item) -> None:
    """Raise ValueError for a primary key that is missing, empty, or too long for the table or one of its indexes."""
    for name in table.key:
        if name not in item:
            raise ValueError(f"{name}: a key cannot be missing")
        if item[name] == {"S": ""}:
            raise ValueError(f"{name}: a key cannot be an empty text")
        limit, size = _limit(table, name), values.attribute_bytes(item[name])
        if size > limit:
            raise ValueError(f"{name}: a key has at most {limit} bytes, found {size}")


def _limit(table: TableSpec, name: str) -> int:
    """Return the largest size of an attribute in all keys that contain it."""
    keys = (table.key, *(index.key for index in table.indexes))
    return min(KEY_BYTES[key.index(name)] for key in keys if name in key)


def _unindexed(table: TableSpec, item: Item) -> list[str]:
    """Return the columns whose texts cannot be keys of indexes, sorted."""
    names = {name for index in table.indexes for name in index.key if name in item} - {*table.key}
    return sorted(name for name in names if not 0 < values.attribute_bytes(item[name]) <= _limit(table, name))


def _divide(table: TableSpec, item: Item) -> list[Item]:
    """Return the item without the columns in `split`, then one item per part of their texts."""
    texts = {name: item.pop(name)["S"] for name in table.split if name in item}
    if values.item_bytes(item) > MAX_ITEM_BYTES or not texts:
        size = values.item_bytes(item)
        raise ValueError(f"an item has at most {MAX_ITEM_BYTES} bytes, found {size} outside the texts in `split`")
    parts: list[Item] = []
    for name, text in texts.items():
        for number, piece in enumerate(cut(text, PART_BYTES), 1):
            key = f"{item[ITEM_KEY]['S']}~{name}~{number:05d}"
            part = {ITEM_KEY: {"S": key}, PART: {"N": str(number)}, name: {"S": piece}}
            parts.append({table.partition: item[table.partition], **part})
    return [item, *parts]


def cut(text: str, limit: int) -> list[str]:
    """Return the pieces of a text, of at most `limit` bytes in UTF-8 each; one empty piece for an empty text."""
    data, pieces, start = text.encode(), [], 0
    while len(data) - start > limit:
        end = start + limit
        while data[end] & 0xC0 == 0x80:
            end -= 1
        pieces.append(data[start:end].decode())
        start = end
    return [*pieces, data[start:].decode()]
