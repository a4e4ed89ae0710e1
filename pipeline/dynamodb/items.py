"""Rows as items: keys, texts that fill several items, and the limits of DynamoDB."""

import json
from collections.abc import Mapping
from typing import Any

from pipeline.dynamodb import values
from pipeline.dynamodb.specification import EMPTY, ITEM_KEY, PART, RELATION, TableSpec
from pipeline.dynamodb.values import MAX_ITEM_BYTES, Item

# An item that continues another one holds a text of at most this size.
PART_BYTES = 350_000
MAX_PARTITION_BYTES, MAX_SORT_BYTES = 2048, 1024
# Integers in a composed key have this many digits, so that they sort.
KEY_DIGITS = 10


def items_of(table: TableSpec, relation: str, row: Mapping[str, Any]) -> list[Item]:
    """Return the item of a row, followed by those that continue it.

    A row that does not fit into an item keeps its columns other than `split`; each text in `split` is cut into parts of
    at most PART_BYTES, one item each, with the key of the row and ~column~number. DynamoDB refuses empty texts in keys
    of indexes: `empty_texts` names these columns instead.
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
    _check_keys(table, item)
    if empty := [name for name in table.index_columns if item.get(name) == {"S": ""}]:
        item = {name: attribute for name, attribute in item.items() if name not in empty}
        item[EMPTY] = {"S": json.dumps(empty)}
    if values.item_bytes(item) <= MAX_ITEM_BYTES:
        return [item]
    return _divide(table, item)


def with_empty_texts(item: Item) -> Item:
    """Return an item with the empty texts that `empty_texts` names."""
    if EMPTY not in item:
        return item
    return item | {name: {"S": ""} for name in json.loads(item[EMPTY]["S"])}


def row_of(table: TableSpec, relation: str, items: list[Item]) -> dict[str, Any]:
    """Return the row of the items that `items_of` returned, with None for missing values."""
    item, *others = sorted(items, key=lambda part: part.get(ITEM_KEY, {"S": ""})["S"])
    texts: dict[str, str] = {}
    for part in others:
        for name in set(part) & set(table.split):
            texts[name] = texts.get(name, "") + part[name]["S"]
    columns, item = table.columns[relation], with_empty_texts(item)
    row = {name: values.decode(kind, item[name]) if name in item else None for name, kind in columns.items()}
    return row | texts


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


def _check_keys(table: TableSpec, item: Item) -> None:
    """Raise ValueError for keys that are missing, empty or too long; an index may lack an item."""
    for position, name in enumerate(table.key):
        if name not in item:
            raise ValueError(f"{name}: a key cannot be missing")
        if item[name] == {"S": ""}:
            raise ValueError(f"{name}: a key cannot be an empty text")
        _check_key(name, item, MAX_SORT_BYTES if position else MAX_PARTITION_BYTES)
    for index in table.indexes:
        for name, limit in ((index.partition, MAX_PARTITION_BYTES), (index.sort, MAX_SORT_BYTES)):
            if name in item:
                _check_key(name, item, limit)


def _check_key(name: str, item: Item, limit: int) -> None:
    size = values.attribute_bytes(item[name])
    if size > limit:
        raise ValueError(f"{name}: a key has at most {limit} bytes, found {size}")


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
