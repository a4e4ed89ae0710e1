"""The specification of the tables of a publication: keys, item shape, indexes and references, written in TOML.

The types of attributes are those of the columns of the relations.
"""

import hashlib
import json
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline import documents
from pipeline.dynamodb.values import attribute_type

RELEASE = Path(__file__).with_name("release.toml")
INDEX = {"name": str, "partition": str, "sort": (str, None)}
REFERENCE = {"columns": [str], "table": str}
TABLE = {
    **{"partition": str, "relations": {str: [str]}, "exclude": ([str], None), "split": ([str], None)},
    **{"indexes": ([INDEX], None), "references": ([REFERENCE], None)},
}
DOCUMENT = {"tables": {str: TABLE}}
# Attributes that are not columns: the name of the relation of an item, the sort key of several columns, the number of
# an item that continues another one, and the texts that cannot be keys of indexes, {column: text}.
RELATION, ITEM_KEY, PART, UNINDEXED = "relation", "item_key", "part", "unindexed"
# Limits of DynamoDB.
INDEX_NAME = re.compile(r"[A-Za-z0-9_.-]{3,255}")
NAME = re.compile(r"[a-z][a-z0-9_]{0,99}")

Columns = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True)
class Index:
    """A global secondary index; `sort` is empty if it has no sort key. All attributes are projected."""

    name: str
    partition: str
    sort: str

    @property
    def key(self) -> tuple[str, ...]:
        """Attributes of the key."""
        return (self.partition, self.sort) if self.sort else (self.partition,)


@dataclass(frozen=True)
class Reference:
    """Columns whose values are the key of a row of another table."""

    columns: tuple[str, ...]
    table: str


@dataclass(frozen=True)
class TableSpec:
    """A table of items. `relations`: {relation: columns of the sort key}. `split`: texts that may fill several items.

    `columns`: {relation: {column: kind}} without the excluded ones.
    """

    name: str
    partition: str
    relations: Mapping[str, tuple[str, ...]]
    columns: Columns
    split: tuple[str, ...] = ()
    indexes: tuple[Index, ...] = ()
    references: tuple[Reference, ...] = ()

    @property
    def sort(self) -> str:
        """The sort key: a column where one suffices, else `item_key`; empty if there is none."""
        keys = list(self.relations.values())
        if len(keys) == 1 and len(keys[0]) <= 1 and not self.split:
            return keys[0][0] if keys[0] else ""
        return ITEM_KEY

    @property
    def key(self) -> tuple[str, ...]:
        """Attributes of the primary key."""
        return (self.partition, self.sort) if self.sort else (self.partition,)

    @property
    def key_columns(self) -> tuple[str, ...]:
        """Columns of the key of a table with one relation, which references name."""
        return (self.partition, *next(iter(self.relations.values())))

    def attribute_type(self, name: str) -> str:
        """Return the type of a key attribute."""
        if name in (RELATION, ITEM_KEY):
            return "S"
        return attribute_type(next(columns[name] for columns in self.columns.values() if name in columns))

    @property
    def key_attributes(self) -> dict[str, str]:
        """{attribute: type} of the primary key and the keys of the indexes."""
        names = [*self.key, *(name for index in self.indexes for name in index.key)]
        return {name: self.attribute_type(name) for name in dict.fromkeys(names)}

    @property
    def shape(self) -> str:
        """Eight hex digits that change with what cannot be changed in a table that has items: keys and indexes."""
        indexes = sorted((index.name, index.partition, index.sort) for index in self.indexes)
        text = json.dumps([self.key, sorted(self.key_attributes.items()), indexes])
        return hashlib.sha256(text.encode()).hexdigest()[:8]


def read(path: Path, columns: Columns) -> dict[str, TableSpec]:
    """Return {table: its specification}. `columns`: {relation: {column: kind}} of what can be published.

    Raises InvalidSpecification with all mistakes.
    """
    content, problems = documents.read(path, "specification", DOCUMENT)
    tables = {name: _table(name, table, columns, problems.append) for name, table in content["tables"].items()}
    for table in tables.values():
        _check(table, tables, problems.append)
    documents.raise_if_any(path, "specification", problems if tables else ["no table"])
    return tables


def relations_in(path: Path) -> list[str]:
    """Return the names of the relations that a valid specification publishes, sorted."""
    tables = tomllib.loads(path.read_text(encoding="utf-8"))["tables"]
    return sorted({name for table in tables.values() for name in table["relations"]})


def _table(name: str, table: Mapping[str, Any], columns: Columns, report: Callable[[str], None]) -> TableSpec:
    relations = {relation: tuple(sort) for relation, sort in table["relations"].items()}
    if unknown := sorted(set(relations) - set(columns)):
        report(f"{name}: unknown relations {', '.join(unknown)}")
    excluded = set(table.get("exclude") or ())
    published = {
        relation: {column: kind for column, kind in columns.get(relation, {}).items() if column not in excluded}
        for relation in relations
    }
    if unknown := sorted(excluded - {column for relation in relations for column in columns.get(relation, {})}):
        report(f"{name}: excludes unknown columns {', '.join(unknown)}")
    indexes = [Index(index["name"], index["partition"], index.get("sort", "")) for index in table.get("indexes") or ()]
    references = [Reference(tuple(item["columns"]), item["table"]) for item in table.get("references") or ()]
    split = tuple(table.get("split") or ())
    return TableSpec(name, table["partition"], relations, published, split, tuple(indexes), tuple(references))


def _check(table: TableSpec, tables: Mapping[str, TableSpec], report: Callable[[str], None]) -> None:
    """Report names that are not usable, and attributes of keys, indexes and references that the table lacks."""
    if not NAME.fullmatch(table.name):
        report(f"{table.name}: not a name of lower-case letters, digits and _")
    if not table.relations:
        report(f"{table.name}: no relation")
    for relation, columns in table.columns.items():
        own = {RELATION, ITEM_KEY, *columns}
        named = {table.partition, *table.relations[relation], *table.split}
        if missing := sorted(named - own):
            report(f"{table.name}: {relation} has no columns {', '.join(missing)}")
        if reserved := sorted({RELATION, ITEM_KEY, PART, UNINDEXED} & set(columns)):
            report(f"{table.name}: {relation} has columns with reserved names {', '.join(reserved)}")
        if booleans := sorted(name for name in named if columns.get(name) == "boolean"):
            report(f"{table.name}: the key columns {', '.join(booleans)} are boolean")
        if not table.relations[relation] and table.split:
            report(f"{table.name}: split texts need a sort key")
        if others := sorted(name for name in table.split if columns.get(name, "text") != "text"):
            report(f"{table.name}: the columns {', '.join(others)} in `split` are not text")
    if len({*table.key}) < len(table.key):
        report(f"{table.name}: partition and sort key are the same")
    _check_indexes(table, report)
    for reference in table.references:
        # Of several relations, some may have other columns: their rows reference nothing.
        if not any({*reference.columns} <= {*columns} for columns in table.columns.values()):
            report(f"{table.name}: no relation has the columns {', '.join(reference.columns)} of a reference")
        target = tables.get(reference.table)
        if target is None or len(target.relations) != 1 or len(reference.columns) != len(target.key_columns):
            report(f"{table.name}: a reference names the key of {reference.table} incorrectly")


def _check_indexes(table: TableSpec, report: Callable[[str], None]) -> None:
    kinds = {name: kind for columns in table.columns.values() for name, kind in columns.items()}
    known = {RELATION: "text", ITEM_KEY: "text"} | kinds
    for index in table.indexes:
        if unusable := [name for name in index.key if known.get(name, "boolean") == "boolean"]:
            report(f"{table.name}: index {index.name} has unusable attributes {', '.join(unusable)}")
        if divided := sorted({*index.key} & {*table.split}):
            report(f"{table.name}: index {index.name} has the keys {', '.join(divided)}, which `split` names")
        if index.partition == index.sort or not INDEX_NAME.fullmatch(index.name):
            report(f"{table.name}: index {index.name!r} has an unusable name, or one column as both keys")
    if len({index.name for index in table.indexes}) < len(table.indexes):
        report(f"{table.name}: two indexes have the same name")
