"""Corrections compared with the table schema and with each other; every mistake has its file and line."""

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pipeline.errors import printable
from pipeline.postgres.connection import Cursor
from pipeline.warehouse import table_schema
from pipeline.warehouse.cast import PROVENANCE_COLUMNS
from pipeline.warehouse.overlay.definitions import Correction, format_value
from pipeline.warehouse.overlay.values import EXAMPLES, Value, parse_value

DERIVED = "derived by the database"

# A correct value, as a value and as text, and the correction that states it.
After = tuple[Value, str | None, Correction]
Known = dict[tuple[object, ...], After]


@dataclass(frozen=True)
class Schema:
    """Columns of a published table: types of all, names of its key, and of those that cannot be corrected, with why."""

    types: dict[str, str]
    key: tuple[str, ...]
    fixed: dict[str, str]

    @property
    def stored(self) -> list[str]:
        """Return the names of the columns that the cast files have."""
        return [name for name in self.types if self.fixed.get(name) != DERIVED]


def read_schema(cursor: Cursor, table: str) -> Schema:
    """Return the schema of a table of the schema `contract`."""
    columns = table_schema.columns(cursor, table)
    key = table_schema.primary_key(cursor, table)
    parts = {name for foreign in table_schema.foreign_keys(cursor, table) for name in foreign.columns}
    fixed = dict.fromkeys((*key, *sorted(parts)), "a column of a key")
    fixed |= dict.fromkeys(PROVENANCE_COLUMNS, "set by the pipeline")
    fixed |= {column.name: DERIVED for column in columns if column.derived}
    return Schema({column.name: column.type for column in columns}, key, fixed)


def find_mistakes(cursor: Cursor, corrections: Sequence[Correction]) -> list[str]:
    """Return a message for each correction that does not fit the table schema, and for each conflict."""
    tables = {correction.table for correction in corrections} & set(table_schema.tables())
    schemas = {table: read_schema(cursor, table) for table in sorted(tables)}
    mistakes: list[str] = []
    valid: list[Correction] = []
    for correction in corrections:
        schema = schemas.get(correction.table)
        own = _mistakes(correction, schema) if schema else [_unknown("table", correction.table, table_schema.tables())]
        mistakes += [f"{correction.origin}: {mistake}" for mistake in own]
        valid += [] if own else [correction]
    return [*mistakes, *find_conflicts(valid, schemas)]


def _mistakes(correction: Correction, schema: Schema) -> list[str]:
    """Return a message for each name and value of a correction that its table does not have."""
    where_column, where_value = correction.where or ("", None)
    named = [("column", correction.column, [*schema.types])]
    named += [
        (label, name, schema.stored)
        for label, name in (("from", correction.from_column), ("where", where_column))
        if name
    ]
    mistakes = [_unknown(label, name, known) for label, name, known in named if name not in known]
    if reason := schema.fixed.get(correction.column):
        mistakes.append(
            f"column: expected a column that can be corrected, found {correction.column}, {reason}; remove it"
        )
    if correction.kind == "value":
        mistakes += _key_mistakes(correction, schema)
    if mistakes:
        return mistakes
    type_name = schema.types[correction.column]
    pairs = [(type_name, value) for change in correction.changes for value in change]
    pairs += [(schema.types[where_column], where_value)] if where_column else []
    mistakes = [mistake for name, value in pairs for mistake in _value_mistakes(name, value)]
    if correction.from_column and schema.types[correction.from_column] != type_name:
        other = schema.types[correction.from_column]
        mistakes.append(f"from: expected a column of type {type_name}, found {other}; choose another column")
    if not mistakes and any(
        parse_value(type_name, old) == parse_value(type_name, new) for old, new in correction.changes
    ):
        mistakes.append("correct value: expected another value than the current one, found the same; remove it")
    return mistakes


def _key_mistakes(correction: Correction, schema: Schema) -> list[str]:
    """Return a message for a key of row numbers, with another number of values, or with a value of another type."""
    # Another edition of a file can have another row at the same number.
    if "source_row" in schema.key:
        return ["key: expected a table whose key outlasts a new file, found row numbers; use a bulk rule with `where`"]
    if len(correction.key) != len(schema.key):
        words = printable(" ".join(correction.key), 80) or "none"
        return [f"key: expected values of {' '.join(schema.key)}, found {words}; correct the key"]
    pairs = zip(schema.key, correction.key, strict=True)
    return [f"key: {mistake}" for name, text in pairs for mistake in _value_mistakes(schema.types[name], text)]


def _value_mistakes(type_name: str, text: str | None) -> list[str]:
    """Return a message, in a list, if the text is not a value of the type."""
    try:
        parse_value(type_name, text)
    except ValueError:
        return [f"value: expected {EXAMPLES[type_name]}, found {printable(str(text), 80)!r}; correct it"]
    return []


def _unknown(label: str, name: str, known: Iterable[str]) -> str:
    """Return the message for an unknown table or column, with a similar known name."""
    names = list(known)
    kind = "table" if label == "table" else "column"
    nearest = difflib.get_close_matches(name, names, n=1) or sorted(names)[:1]
    return (
        f"{label}: expected the name of a published {kind}, found {printable(name, 80)!r}; use one such as {nearest[0]}"
    )


def find_conflicts(corrections: Sequence[Correction], schemas: dict[str, Schema]) -> list[str]:
    """Return a message for each pair of corrections that give one value of a row different values.

    Whether copied columns and rules with a condition conflict depends on the rows, see `evaluate`.
    """
    mistakes: list[str] = []
    # {(table, column, value now): ...} and {(table, column, *key): ...}
    mapped: Known = {}
    single: Known = {}
    for correction in sorted(corrections, key=lambda correction: correction.kind):
        schema = schemas[correction.table]
        type_name = schema.types[correction.column]
        for old, new in correction.changes:
            after = (parse_value(type_name, new), new, correction)
            rule = (correction.table, correction.column, parse_value(type_name, old))
            if correction.kind == "value":
                texts = zip(schema.key, correction.key, strict=True)
                key = [parse_value(schema.types[name], text) for name, text in texts]
                row = (correction.table, correction.column, *key)
                mistakes += _conflict(mapped.get(rule), after) + _conflict(single.setdefault(row, after), after)
            elif correction.where is None:
                mistakes += _conflict(mapped.setdefault(rule, after), after)
    return mistakes


def _conflict(other: After | None, own: After) -> list[str]:
    """Return a message, in a list, if another correction of the same value has another result."""
    if other is None or other[0] == own[0]:
        return []
    values = f"{format_value(own[1])}, and {format_value(other[1])} in {other[2].origin}"
    name = f"{own[2].table}.{own[2].column}"
    return [f"{own[2].origin}: expected one correct value of {name}, found {values}; remove one of the two corrections"]
