"""The specification of a folder of tables: columns, types, keys, code lists and references, written in TOML.

It is translated to a Frictionless data package, whose descriptor (`datapackage.json`) is accepted as well.
"""

import csv
import json
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.errors import InvalidSpecification, printable

TYPES = ("string", "integer", "number", "boolean", "date", "datetime", "time", "year", "any")
SUFFIXES = (".csv", ".parquet")
TABLE_KEYS = {"file", "columns", "key", "references", "encoding", "delimiter"}
# Constraints of Table Schema, besides `codes`.
CONSTRAINTS = {"required", "unique", "minimum", "maximum", "minLength", "maxLength", "pattern"}
REFERENCE_KEYS = {"columns", "table", "referenced"}


@dataclass(frozen=True)
class Specification:
    """What a folder must contain. `resources`: descriptors of Frictionless, one per table, in the order of the file."""

    title: str
    resources: tuple[dict[str, Any], ...]

    def columns(self, table: str) -> list[str]:
        """Return the names of the columns of a table."""
        (resource,) = (resource for resource in self.resources if resource["name"] == table)
        return [field["name"] for field in resource["schema"]["fields"]]


def read(path: Path) -> Specification:
    """Return the specification in a TOML file, or in a data package descriptor in JSON.

    Raises InvalidSpecification with all mistakes.
    """
    try:
        text = path.read_text(encoding="utf-8")
        content = json.loads(text) if path.suffix == ".json" else tomllib.loads(text)
    except (OSError, ValueError) as error:
        raise InvalidSpecification(f"{path}: expected a readable specification, found: {error}; correct it") from error
    problems: list[str] = []
    tables = _descriptor_tables if path.suffix == ".json" else _toml_tables
    resources = tables(content, path.parent, problems.append)
    names = [resource["name"] for resource in resources]
    for resource in resources:
        _check_references(resource, resources, problems.append)
    if not names and not problems:
        problems.append("no table")
    if problems:
        listed = printable("; ".join(problems), 2000)
        raise InvalidSpecification(f"{path}: expected a consistent specification, found: {listed}; correct it")
    return Specification(str(content.get("title", path.stem)), tuple(resources))


def _toml_tables(content: Mapping[str, Any], folder: Path, report: Callable[[str], None]) -> list[dict[str, Any]]:
    """Return the resources of `[tables.NAME]` sections."""
    if unknown := sorted(set(content) - {"title", "tables"}):
        report(f"unknown keys {', '.join(unknown)}")
    return [_resource(name, table, folder, report) for name, table in dict(content.get("tables", {})).items()]


def _resource(name: str, table: Mapping[str, Any], folder: Path, report: Callable[[str], None]) -> dict[str, Any]:
    """Return the Frictionless resource of a table, and report its mistakes."""
    if unknown := sorted(set(table) - TABLE_KEYS):
        report(f"{name}: unknown keys {', '.join(unknown)}")
    fields = [
        _field(name, column, definition, folder, report)
        for column, definition in dict(table.get("columns", {})).items()
    ]
    key = list(table.get("key", ()))
    columns = {field["name"] for field in fields}
    if not columns:
        report(f"{name}: no columns")
    if missing := [column for column in key if column not in columns]:
        report(f"{name}: key columns {', '.join(missing)} are not among its columns")
    references = []
    for reference in table.get("references", ()):
        if unknown := sorted(set(reference) - REFERENCE_KEYS):
            report(f"{name}: unknown keys {', '.join(unknown)} in a reference")
        own = list(reference.get("columns", ()))
        others = list(reference.get("referenced", own))
        references.append({"fields": own, "reference": {"resource": reference.get("table", ""), "fields": others}})
    schema: dict[str, Any] = {"fields": fields, "missingValues": [""]}
    schema |= {"primaryKey": key} if key else {}
    schema |= {"foreignKeys": references} if references else {}
    path = _checked_path(name, str(table.get("file", f"{name}.csv")), report)
    dialect = {"csv": {"delimiter": str(table.get("delimiter", ","))}}
    encoding = str(table.get("encoding", "utf-8"))
    return {"name": name, "path": path, "encoding": encoding, "dialect": dialect, "schema": schema}


def _field(
    table: str, column: str, definition: str | Mapping[str, Any], folder: Path, report: Callable[[str], None]
) -> dict[str, Any]:
    """Return the field of a column: `definition` is its type, or a table with `type`, `codes` and constraints."""
    values: Mapping[str, Any] = {"type": definition} if isinstance(definition, str) else definition
    kind = values.get("type", "string")
    if kind not in TYPES:
        report(f"{table}.{column}: unknown type {kind}, expected one of {', '.join(TYPES)}")
    if unknown := sorted(set(values) - CONSTRAINTS - {"type", "codes", "format"}):
        report(f"{table}.{column}: unknown keys {', '.join(unknown)}")
    constraints = {name: values[name] for name in sorted(CONSTRAINTS & set(values))}
    if "codes" in values:
        constraints["enum"] = _codes(f"{table}.{column}", values["codes"], folder, report)
    format_ = {"format": values["format"]} if "format" in values else {}
    return {"name": column, "type": kind, **format_, **({"constraints": constraints} if constraints else {})}


def _codes(subject: str, definition: Any, folder: Path, report: Callable[[str], None]) -> list[Any]:
    """Return a list of codes, or the first column of the CSV file that is named instead."""
    if isinstance(definition, list):
        return definition
    path = folder / str(definition)
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return [row[0] for row in list(csv.reader(file))[1:] if row]
    except (OSError, ValueError) as error:
        report(f"{subject}: code list {definition} is not readable: {error}")
        return []


def _checked_path(name: str, path: str, report: Callable[[str], None]) -> str:
    """Return the path, and report one outside the folder or with another suffix than SUFFIXES."""
    parts = Path(path).parts
    if Path(path).is_absolute() or ".." in parts or "://" in path or Path(path).suffix.lower() not in SUFFIXES:
        report(f"{name}: file {path} is not a {' or '.join(SUFFIXES)} file in the folder")
    return path


def _descriptor_tables(content: Mapping[str, Any], _: Path, report: Callable[[str], None]) -> list[dict[str, Any]]:
    """Return the resources of a data package descriptor that have a path and a schema."""
    resources = []
    for resource in content.get("resources", ()):
        name, path, schema = (resource.get(key) for key in ("name", "path", "schema"))
        if not isinstance(name, str) or not isinstance(path, str) or not isinstance(schema, dict):
            report(f"resource {name}: expected name, path and schema in the descriptor itself")
            continue
        keys = ("encoding", "dialect", "format")
        kept = {key: resource[key] for key in keys if key in resource}
        resources.append({"name": name, "path": _checked_path(name, path, report), "schema": schema, **kept})
    return resources


def _check_references(
    resource: Mapping[str, Any], resources: list[dict[str, Any]], report: Callable[[str], None]
) -> None:
    """Report references to tables or columns that the specification lacks."""
    columns = {other["name"]: {field["name"] for field in other["schema"].get("fields", ())} for other in resources}
    for reference in resource["schema"].get("foreignKeys", ()):
        own, target = reference.get("fields"), reference.get("reference", {})
        table = target.get("resource") or resource["name"]
        others = target.get("fields")
        names = [[name] if isinstance(name, str) else list(name or ()) for name in (own, others)]
        if table not in columns:
            report(f"{resource['name']}: references the unknown table {table}")
        elif not set(names[0]) <= columns[resource["name"]] or not set(names[1]) <= columns[table]:
            report(f"{resource['name']}: a reference to {table} names unknown columns")
        elif not names[0] or len(names[0]) != len(names[1]):
            report(f"{resource['name']}: a reference to {table} has {len(names[0])} and {len(names[1])} columns")
