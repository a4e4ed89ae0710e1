"""Validation of a folder of CSV or Parquet files against a specification; all mismatches are reported at once.

Frictionless reads and validates the values. Memory holds the keys of the tables that others reference.
"""

import csv
import sys
from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipeline.errors import PipelineError, printable
from pipeline.extras import require_packages
from pipeline.folders.specification import SUFFIXES, Specification

MAX_EXAMPLES = 5
# {error type of Frictionless: kind of mismatch}; the kind of constraint errors depends on the constraint.
KINDS = {
    "type-error": "wrong type",
    "primary-key": "wrong key",
    "unique-error": "wrong key",
    "foreign-key": "orphan",
    "missing-cell": "wrong number of cells",
    "extra-cell": "wrong number of cells",
    "blank-row": "blank row",
    "duplicate-label": "duplicate column",
    "blank-label": "column without a name",
}
CONSTRAINT_KINDS = {"required": "missing value", "enum": "unknown code", "unique": "wrong key"}


@dataclass(frozen=True)
class Mismatch:
    """One way in which a table differs from the specification.

    `column` is empty for a whole table. `count`: number of values or rows, or 1 for a column or file. `examples`: the
    first ones, as number of the row (the header is row 1) and value.
    """

    table: str
    column: str
    kind: str
    count: int
    examples: tuple[str, ...] = ()


@dataclass
class Audit:
    """The result of a validation: rows per table that could be read, and mismatches in the order of the tables."""

    title: str
    rows: dict[str, int] = field(default_factory=dict)
    mismatches: list[Mismatch] = field(default_factory=list)


def audit_folder(folder: Path, specification: Specification) -> Audit:
    """Validate all tables of the folder. Raises PipelineError if the folder or the extra `audit` is missing."""
    if not folder.is_dir():
        raise PipelineError(f"{printable(str(folder))}: expected a folder, found none; name an existing one")
    frictionless = require_frictionless()
    audit = Audit(specification.title)
    present = [resource for resource in specification.resources if is_inside(folder, folder / resource["path"])]
    absent = [resource for resource in specification.resources if resource not in present]
    audit.mismatches += [Mismatch(resource["name"], "", "missing table", 1, (resource["path"],)) for resource in absent]
    names = {resource["name"] for resource in present}
    readable = [_without_references_to_missing(resource, names) for resource in present]
    package = frictionless.Package({"name": "folder", "resources": readable}, basepath=str(folder))
    report = package.validate(limit_errors=sys.maxsize)
    for task, resource in zip(report.tasks, present, strict=True):
        audit.mismatches += _header_mismatches(task, specification.columns(resource["name"]))
        audit.mismatches += summarize(task.name, task.errors)
        audit.rows[task.name] = int(task.stats.get("rows") or 0)
    audit.mismatches += _unexpected_files(folder, specification)
    return audit


def require_frictionless() -> Any:
    """Return the package, for values of any length. Raises PipelineError if the extra is not installed."""
    require_packages("audit", ("frictionless",))
    import frictionless

    # Narratives are longer than Python's default limit of 131,072 characters.
    csv.field_size_limit(2**31 - 1)
    return frictionless


def is_inside(folder: Path, path: Path) -> bool:
    """Return True for a file whose real path is in the folder."""
    return path.is_file() and path.resolve().is_relative_to(folder.resolve())


def _without_references_to_missing(resource: Mapping[str, Any], names: set[str]) -> dict[str, Any]:
    """Return the resource without foreign keys to tables that are missing: every row would be an orphan."""
    copied = deepcopy(dict(resource))
    # Columns are matched by name: their order does not matter, and missing ones are reported once.
    copied["schema"]["fieldsMatch"] = "partial"
    keys = copied["schema"].get("foreignKeys", ())
    kept = [key for key in keys if (key["reference"].get("resource") or resource["name"]) in names]
    if keys:
        copied["schema"]["foreignKeys"] = kept
    return copied


def _header_mismatches(task: Any, columns: Iterable[str]) -> Iterator[Mismatch]:
    """Yield the columns that the file lacks, and those that the specification lacks."""
    labels, expected = list(task.labels or ()), list(columns)
    if not labels:
        return
    for column in expected:
        if column not in labels:
            yield Mismatch(task.name, column, "missing attribute", 1)
    for label in labels:
        if label not in expected:
            yield Mismatch(task.name, printable(str(label), 80), "unexpected column", 1)


def summarize(table: str, errors: Iterable[Any]) -> list[Mismatch]:
    """Return one mismatch per column and kind of error, with the number of values and the first examples."""
    counts: dict[tuple[str, str], int] = {}
    examples: dict[tuple[str, str], list[str]] = {}
    for error in errors:
        if error.type == "missing-label":
            continue  # reported as a missing attribute
        key = _column_of(error), _kind_of(error)
        counts[key] = counts.get(key, 0) + 1
        listed = examples.setdefault(key, [])
        if len(listed) < MAX_EXAMPLES:
            listed.append(_example(error))
    return [Mismatch(table, *key, counts[key], tuple(examples[key])) for key in counts]


def _column_of(error: Any) -> str:
    names = getattr(error, "field_names", None) or [getattr(error, "field_name", "")]
    return printable(", ".join(map(str, names)), 200)


def _kind_of(error: Any) -> str:
    if error.type == "constraint-error":
        constraint = error.note.removeprefix('constraint "').partition('"')[0]
        return CONSTRAINT_KINDS.get(constraint, "value out of range")
    return KINDS.get(error.type, "unreadable file")


def _example(error: Any) -> str:
    """Return 'row 3: value', or the message of an error about the whole file."""
    row = getattr(error, "row_number", None)
    if row is None:
        return printable(error.note or error.message, 200)
    cells = getattr(error, "field_cells", None) or getattr(error, "cell", None)
    shown = error.note if error.type == "primary-key" or cells is None else cells
    text = ", ".join(map(str, shown)) if isinstance(shown, list) else str(shown)
    return f"row {row}: {printable(text, 80)}"


def _unexpected_files(folder: Path, specification: Specification) -> Iterator[Mismatch]:
    """Yield the tables of the folder that the specification does not name."""
    expected = {Path(resource["path"]) for resource in specification.resources}
    for path in sorted(folder.rglob("*")):
        relative = path.relative_to(folder)
        if path.suffix.lower() in SUFFIXES and path.is_file() and relative not in expected:
            yield Mismatch(printable(relative.as_posix(), 200), "", "unexpected file", 1)
