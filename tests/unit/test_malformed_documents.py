"""Specifications and plans of any shape are read, or rejected with a message that names what is wrong."""

import copy
import json
import tomllib
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from pipeline.dynamodb import specification as dynamodb
from pipeline.errors import InvalidSpecification
from pipeline.folders import correct
from pipeline.folders import specification as folders
from tests import dynamodb_server
from tests.architecture.tree import REPOSITORY

EXAMPLE = REPOSITORY / "samples" / "airline"
TABLE = """
[tables.t]
key = ["id"]
references = [{ columns = ["id"], table = "t" }]
[tables.t.columns]
id = { type = "string", pattern = "A|B", codes = ["A", "B"] }
n = { type = "integer", minimum = 1, maximum = 5 }
"""
FIELDS = [{"name": "id", "type": "string", "constraints": {"pattern": "A|B"}}, {"name": "n", "type": "integer"}]
KEY = {"fields": ["id"], "reference": {"resource": "t", "fields": ["id"]}}
SCHEMA = {"fields": FIELDS, "missingValues": [""], "primaryKey": ["id"], "foreignKeys": [KEY]}
DIALECT = {"headerRows": [1], "csv": {"delimiter": ",", "quoteChar": "'"}}
PACKAGE = {
    "resources": [{"name": "t", "path": "t.csv", "encoding": "utf-8", "dialect": DIALECT, "schema": SCHEMA}],
}
PLAN = (EXAMPLE / "repair.toml").read_text(encoding="utf-8")

# What is replaced, the replacement, and a part of the message.
MISTAKES = [
    ("[tables.t.columns]", "columns = 3\n[tables.t.x]", "tables.t.columns: expected a table, found 3"),
    ('key = ["id"]', 'key = "id"', "tables.t.key: expected a list, found 'id'"),
    ('columns = ["id"], table', "columns = 3, table", "tables.t.references 1.columns: expected a list, found 3"),
    ('table = "t"', 'table = ["t"]', "tables.t.references 1.table: expected a text, found ['t']"),
    ('{ type = "string", pattern = "A|B", codes = ["A", "B"] }', "3", "id: expected a text or a table, found 3"),
    ('"A|B"', '"["', "t.id: pattern: expected a regular expression, found another text"),
    ('"A|B"', '"(?i)a"', "t.id: pattern: expected a regular expression, found another text"),
    ("minimum = 1", 'minimum = "x"', "t.n: minimum: expected a value of type integer, found 'x'"),
    ("maximum = 5", "maxLength = 5", 't.n: constraint "maxLength" is not supported by type "integer"'),
    ('codes = ["A", "B"]', "codes = [1]", "t.id: codes: expected a value of type string, found 1"),
    ('codes = ["A",', 'required = "yes", codes = ["A",', "id.required: expected true or false, found 'yes'"),
    ("[tables.t]\n", '[tables.t]\nencoding = "x"\n', "t: encoding: expected one that Python knows"),
    ("[tables.t]", '[tables.t]\ndelimiter = ";;"', "t: delimiter: expected one character"),
    ("\n[tables.t]", f"a = {'[' * 3000}", "expected a readable specification, found"),
]
CONTENT = {"encoding": "bogus", "dialect": {"delimiter": ";;"}}
DESCRIPTORS: list[tuple[list[Any], str]] = [
    ([{}, {}], "resource t: expected one of this name, found 2"),
    ([CONTENT], "t: encoding: expected one that Python knows, such as utf-8 or latin-1, found 'bogus'; t: delimiter: "),
    ([{"dialect": {"csv": {"quoteChar": "ab"}}}], "t: dialect: expected one that a file can be read with, found anoth"),
    ([{"dialect": {"headerRows": ["x"]}}], "t: dialect: expected one that a file can be read with, found another"),
    ([{"dialect": {"csv": {"delimiter": 3}}}], "t: dialect: 3 is not of type 'string'"),
    ([{"x": json.loads("[" * 900 + "]" * 900)}], "expected a readable specification, found: more than 100 levels"),
    ([{"dialect": "dialect.json"}], "resources 1.dialect: expected an object, found 'dialect.json'"),
]


@pytest.mark.parametrize(("old", "new", "message"), MISTAKES)
def test_a_mistake_in_a_specification_is_named(tmp_path: Path, old: str, new: str, message: str) -> None:
    path = tmp_path / "spec.toml"
    path.write_text(TABLE.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(InvalidSpecification) as error:
        folders.read(path)
    assert message in str(error.value)


@pytest.mark.parametrize(("changes", "message"), DESCRIPTORS)
def test_a_mistake_in_a_data_package_is_named(tmp_path: Path, changes: list[Any], message: str) -> None:
    path = tmp_path / "datapackage.json"
    resources = [PACKAGE["resources"][0] | change for change in changes]
    path.write_text(json.dumps({"resources": resources}), encoding="utf-8")
    with pytest.raises(InvalidSpecification) as error:
        folders.read(path)
    assert message in str(error.value)


def test_codes_that_are_missing_values_and_parts_without_a_value_are_accepted(tmp_path: Path) -> None:
    (tmp_path / "spec.toml").write_text('[tables.t.columns]\nn = { type = "integer", codes = [1, ""] }')
    assert folders.read(tmp_path / "spec.toml").resources
    field = {"name": "n", "type": "integer", "constraints": {"enum": ["1", "NA"]}}
    resource = {"name": "t", "path": "t.csv", "encoding": None, "dialect": {"csv": None, "delimiter": ";"}}
    schema = {"fields": [field], "missingValues": ["NA"]}
    (tmp_path / "spec.json").write_text(json.dumps({"resources": [resource | {"schema": schema}]}))
    assert folders.read(tmp_path / "spec.json").resources


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The paths of all values in a document."""
    yield path
    for key, item in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from places(item, (*path, key))


def replaced(document: Any, path: tuple[Any, ...], value: Any) -> Any:
    """The document with another value at a path."""
    if not path:
        return value
    result = copy.copy(document)
    result[path[0]] = replaced(document[path[0]], path[1:], value)
    return result


def read_dynamodb(path: Path) -> object:
    return dynamodb.read(path, dynamodb_server.COLUMNS)


READERS: list[tuple[Any, Callable[[Path], object]]] = [
    (tomllib.loads(TABLE), lambda path: read_as_toml(path, folders.read)),
    (PACKAGE, folders.read),
    (tomllib.loads(PLAN), lambda path: read_as_toml(path, correct.read_plan)),
    (tomllib.loads(dynamodb_server.SPECIFICATION.partition("[tables.statistics]")[0]), read_dynamodb),
]
VALUES: list[Any] = [None, True, 3, "x", [1], [["x"]], {"x": 1}]


def read_as_toml(path: Path, read: Callable[[Path], object]) -> object:
    """Read a document in JSON with a reader that expects TOML by the suffix."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tomllib, "loads", json.loads)
        return read(path.rename(path.with_suffix(".toml")))


@pytest.mark.parametrize(("document", "read"), READERS, ids=["tables", "package", "plan", "dynamodb"])
def test_a_document_with_another_value_at_any_place_is_read_or_rejected(
    tmp_path: Path, document: Any, read: Callable[[Path], object]
) -> None:
    for keys, value in product(places(document), VALUES):
        path = tmp_path / "spec.json"
        path.write_text(json.dumps(replaced(document, keys, value)), encoding="utf-8")
        try:
            read(path)
        except InvalidSpecification as error:
            assert "expected a" in str(error) and str(error).endswith("; correct it")
