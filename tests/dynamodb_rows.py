"""Rows of items of DynamoDB: the reverse of what is published, as a reader would write it."""

from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

import numpy as np

from pipeline.dynamodb import items
from pipeline.dynamodb.specification import ITEM_KEY, TableSpec
from pipeline.dynamodb.values import Attribute, Item


def row_of(table: TableSpec, relation: str, parts: list[Item]) -> dict[str, Any]:
    """Return the row of the items that `items.items_of` returned, with None for missing values."""
    item, *others = sorted(parts, key=lambda part: part.get(ITEM_KEY, {"S": ""})["S"])
    texts: dict[str, str] = {}
    for part in others:
        for name in set(part) & set(table.split):
            texts[name] = texts.get(name, "") + part[name]["S"]
    columns, item = table.columns[relation], items.with_unindexed(item)
    row = {name: decode(kind, item[name]) if name in item else None for name, kind in columns.items()}
    return row | texts


def decode(kind: str, attribute: Attribute) -> Any:
    """Return the value that `values.encode` was called with; `real` as float32 widened to float."""
    ((_, content),) = attribute.items()
    match kind:
        case "integer":
            return int(Decimal(content))
        case "decimal":
            return Decimal(content)
        case "double":
            return float(content)
        case "real":
            return float(np.float32(content))
        case "date":
            return date.fromisoformat(content)
        case "time":
            return time.fromisoformat(content)
        case "timestamp":
            return datetime.fromisoformat(content)
    return content
