"""The specification of a folder of tables: columns, types, keys, code lists and references, written in TOML.

It is translated to a Frictionless data package, whose descriptor (`datapackage.json`) is accepted as well.
"""

import csv
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline import documents
from pipeline.extras import require_packages
from pipeline.folders import parquet

TYPES = ("string", "integer", "number", "boolean", "date", "datetime", "time", "year", "any")
SUFFIXES = (".csv", ".parquet")
SUBJECT = "specification"
# Constraints of Table Schema, besides `codes`.
CONSTRAINTS = {
    **{"required": (bool, None), "unique": (bool, None), "pattern": (str, None)},
    **{"minimum": object, "maximum": object, "minLength": (int, None), "maxLength": (int, None)},
}
LIMITS = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")
COLUMN = {"type": (str, None), "codes": (str, [object], None), "format": (str, None), **CONSTRAINTS}
REFERENCE = {"columns": [str], "table": str, "referenced": ([str], None)}
TABLE = {
    **{"columns": {str: (str, COLUMN)}, "key": ([str], None), "references": ([REFERENCE], None)},
    **{"file": (str, None), "encoding": (str, None), "delimiter": (str, None)},
}
TOML = {"title": (str, None), "tables": {str: TABLE}}
# The parts of a data package that are read here; Frictionless validates the others.
TARGET = {"resource": (str, None), "fields": (str, [str]), str: object}
SCHEMA = {
    "fields": [{"name": str, str: object}],
    "foreignKeys": ([{"fields": (str, [str]), "reference": TARGET, str: object}], None),
    str: object,
}
DIALECT = {"csv": ({str: object}, None), str: object}
RESOURCE = {
    "name": str,
    "path": str,
    "schema": SCHEMA,
    "encoding": (str, None),
    "dialect": (DIALECT, None),
    str: object,
}
DESCRIPTOR = {"title": (str, None), "resources": [RESOURCE], str: object}


@dataclass(frozen=True)
class Specification:
    """What a folder must contain. `resources`: descriptors of Frictionless, one per table, in the order of the file."""

    title: str
    resources: tuple[dict[str, Any], ...]


def require_frictionless() -> Any:
    """Return the package, for values of any length, and exact ones of Parquet files.

    Raises PipelineError if the extra is not installed.
    """
    require_packages("audit", ("frictionless",))
    import frictionless
    from frictionless.formats import ParquetParser
    from frictionless.resources import table as resources
    from frictionless.table import Row

    ParquetParser.read_cell_stream_create = lambda self: parquet.rows(Path(self.resource.normpath))

    # One of the cells that a row has too many is kept: Frictionless reports each of them with a copy of the row.
    resources.Row = lambda cells, handlers, row_number: Row(
        cells[: len(handlers) + 1], handlers=handlers, row_number=row_number
    )

    # Narratives are longer than Python's default limit of 131,072 characters.
    csv.field_size_limit(2**31 - 1)
    return frictionless


def read(path: Path) -> Specification:
    """Return the specification in a TOML file, or in a data package descriptor in JSON.

    Raises InvalidSpecification with all mistakes.
    """
    is_descriptor = path.suffix == ".json"
    content, problems = documents.read(path, SUBJECT, DESCRIPTOR if is_descriptor else TOML)
    if is_descriptor:
        resources = _descriptor_resources(content, problems.append)
    else:
        resources = [_resource(name, table, path.parent, problems) for name, table in content["tables"].items()]
    for resource in resources:
        _check_format(resource, problems.append)
        _check_references(resource, resources, problems.append)
    problems += [] if resources else ["no table"]
    documents.raise_if_any(path, SUBJECT, problems or _schema_problems(resources))
    return Specification(content.get("title") or path.stem, tuple(resources))


def descriptor(resources: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the data package of tables: named by numbers, because Frictionless refuses capital letters and blanks."""
    numbers = {resource["name"]: f"table-{number}" for number, resource in enumerate(resources)}
    copies = [deepcopy(dict(resource)) | {"name": numbers[resource["name"]]} for resource in resources]
    for copy in copies:
        # Columns are matched by name: their order does not matter.
        copy["schema"]["fieldsMatch"] = "partial"
        for key in copy["schema"].get("foreignKeys") or ():
            key["reference"]["resource"] = numbers.get(key["reference"].get("resource"), "")
        for field in copy["schema"]["fields"]:
            constraints = field["constraints"] = field.get("constraints") or {}
            if field["name"] in _parts_of_key(copy["schema"]):
                constraints["required"] = True
            if "pattern" in constraints:
                constraints["pattern"] = _whole(constraints["pattern"])
    return {"name": "folder", "resources": copies}


def _parts_of_key(schema: Mapping[str, Any]) -> list[str]:
    """Return the columns of a key of several: Frictionless accepts it if one of them has a value."""
    key = schema.get("primaryKey")
    return key if isinstance(key, list) and len(key) > 1 else []


def _schema_problems(resources: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Yield what Frictionless refuses: unknown types, constraints that do not fit a type, keys without columns."""
    frictionless = require_frictionless()
    problems = [
        f"{resource['name']}.{field['name']}: {problem}"
        for resource in resources
        for field in resource["schema"]["fields"]
        for problem in _field_problems(
            frictionless, {"missingValues": resource["schema"].get("missingValues", [""])} | field
        )
    ]
    yield from problems
    if not problems:
        try:
            frictionless.Package(descriptor(resources)).to_descriptor(validate=True)
        except frictionless.FrictionlessException as error:
            yield from (reason.note for reason in error.reasons or [error.error])


def _field_problems(frictionless: Any, definition: Mapping[str, Any]) -> Iterator[str]:
    """Yield why Frictionless cannot validate values of a column."""
    try:
        field = frictionless.Field.from_descriptor(deepcopy(dict(definition)))
    except frictionless.FrictionlessException as error:
        yield from (reason.note for reason in error.reasons or [error.error])
        return
    pattern = field.constraints.get("pattern", "")
    try:
        re.compile(pattern)
        re.compile(f"^{_whole(pattern)}$")
    except (re.error, RecursionError, OverflowError) as error:
        yield f"pattern: expected a regular expression, found another text: {error}"
    limits = [(name, field.constraints[name]) for name in LIMITS if name in field.constraints]
    limits += [("codes", code) for code in field.constraints.get("enum", ()) if str(code) not in field.missing_values]
    read_value = field.create_value_reader()
    for name, value in limits:
        if read_value(value) is None:
            yield f"{name}: expected a value of type {field.type}, found {value!r}"


def _whole(pattern: str) -> str:
    """Return a pattern that must match all of a value, with all of its alternatives."""
    return rf"(?:{pattern})\Z"


def _resource(name: str, table: Mapping[str, Any], folder: Path, problems: list[str]) -> dict[str, Any]:
    """Return the Frictionless resource of a table, and add its mistakes to `problems`."""
    report = problems.append
    fields = [_field(name, column, definition, folder, report) for column, definition in table["columns"].items()]
    key = table.get("key") or []
    columns = {field["name"] for field in fields}
    if not columns:
        report(f"{name}: no columns")
    if missing := [column for column in key if column not in columns]:
        report(f"{name}: key columns {', '.join(missing)} are not among its columns")
    references = [
        {
            "fields": reference["columns"],
            "reference": {
                "resource": reference["table"],
                "fields": reference.get("referenced") or reference["columns"],
            },
        }
        for reference in table.get("references") or ()
    ]
    schema: dict[str, Any] = {"fields": fields, "missingValues": [""]}
    schema |= {"primaryKey": key} if key else {}
    schema |= {"foreignKeys": references} if references else {}
    path = _checked_path(name, table.get("file") or f"{name}.csv", report)
    dialect = {"csv": {"delimiter": table.get("delimiter", ",")}}
    encoding = table.get("encoding", "utf-8")
    return {"name": name, "path": path, "encoding": encoding, "dialect": dialect, "schema": schema}


def _field(
    table: str, column: str, definition: str | Mapping[str, Any], folder: Path, report: Callable[[str], None]
) -> dict[str, Any]:
    """Return the field of a column: `definition` is its type, or a table with `type`, `codes` and constraints."""
    values: Mapping[str, Any] = {"type": definition} if isinstance(definition, str) else definition
    kind = values.get("type", "string")
    if kind not in TYPES:
        report(f"{table}.{column}: unknown type {kind}, expected one of {', '.join(TYPES)}")
    constraints = {name: values[name] for name in sorted(set(CONSTRAINTS) & set(values))}
    if "codes" in values:
        constraints["enum"] = _codes(f"{table}.{column}", values["codes"], folder, report)
    format_ = {"format": values["format"]} if "format" in values else {}
    return {"name": column, "type": kind, **format_, **({"constraints": constraints} if constraints else {})}


def _codes(subject: str, definition: str | list[Any], folder: Path, report: Callable[[str], None]) -> list[Any]:
    """Return a list of codes, or the first column of the CSV file that is named instead."""
    codes = definition
    if isinstance(codes, str):
        try:
            with (folder / codes).open(encoding="utf-8", newline="") as file:
                codes = [row[0] for row in list(csv.reader(file))[1:] if row]
        except (OSError, ValueError, csv.Error) as error:
            report(f"{subject}: code list {codes} is not readable: {error}")
            return []
    if not codes:
        report(f"{subject}: codes: expected at least one code, found none")
    return codes


def _checked_path(name: str, path: str, report: Callable[[str], None]) -> str:
    """Return the path, and report one outside the folder or with another suffix than SUFFIXES."""
    parts = Path(path).parts
    if Path(path).is_absolute() or ".." in parts or "://" in path or Path(path).suffix.lower() not in SUFFIXES:
        report(f"{name}: file {path} is not a {' or '.join(SUFFIXES)} file in the folder")
    return path


def _descriptor_resources(content: Mapping[str, Any], report: Callable[[str], None]) -> list[dict[str, Any]]:
    """Return the resources of a data package descriptor."""
    names = Counter(resource["name"] for resource in content["resources"])
    for name, count in names.items():
        if count > 1:
            report(f"resource {name}: expected one of this name, found {count}")
    # The suffix is the format: with another one, Frictionless would not read the file as a table.
    return [
        {
            "name": resource["name"],
            "path": _checked_path(resource["name"], resource["path"], report),
            "encoding": resource.get("encoding") or "utf-8",
            "dialect": {key: value for key, value in (resource.get("dialect") or {}).items() if value is not None},
            "schema": resource["schema"],
        }
        for resource in content["resources"]
    ]


def _check_format(resource: Mapping[str, Any], report: Callable[[str], None]) -> None:
    """Report an encoding or a dialect with which no file can be read."""
    name, encoding, frictionless = resource["name"], resource["encoding"], require_frictionless()
    try:
        "".encode(encoding)
    except (LookupError, ValueError):
        report(f"{name}: encoding: expected one that Python knows, such as utf-8 or latin-1, found {encoding!r}")
    try:
        dialect = frictionless.Dialect.from_descriptor(deepcopy(resource["dialect"]))
        dialect.read_labels([[]])
        control = frictionless.formats.CsvControl.from_dialect(dialect)
        if len(text := control.delimiter) != 1 or text in '"\r\n':
            report(f"{name}: delimiter: expected one character, no quote or line break, found {text!r}")
        else:
            csv.reader([], control.to_python())
    except frictionless.FrictionlessException as error:
        for reason in error.reasons or [error.error]:
            report(f"{name}: dialect: {reason.note}")
    except (TypeError, ValueError) as error:
        report(f"{name}: dialect: expected one that a file can be read with, found another: {error}")


def _check_references(
    resource: Mapping[str, Any], resources: list[dict[str, Any]], report: Callable[[str], None]
) -> None:
    """Report references to tables or columns that the specification lacks."""
    columns = {other["name"]: {field["name"] for field in other["schema"]["fields"]} for other in resources}
    for key in resource["schema"].get("foreignKeys") or ():
        table = key["reference"].get("resource") or resource["name"]
        own, others = (
            [names] if isinstance(names, str) else names for names in (key["fields"], key["reference"]["fields"])
        )
        if table not in columns:
            report(f"{resource['name']}: references the unknown table {table}")
        elif not set(own) <= columns[resource["name"]] or not set(others) <= columns[table]:
            report(f"{resource['name']}: a reference to {table} names unknown columns")
        elif not own or len(own) != len(others):
            report(f"{resource['name']}: a reference to {table} has {len(own)} and {len(others)} columns")
