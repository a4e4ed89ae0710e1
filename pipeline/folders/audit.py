"""Validation of a folder of CSV or Parquet files against a specification; all mismatches are reported at once.

Frictionless reads and validates the values. Memory holds the keys of the tables that others reference.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from decimal import Context, localcontext
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from pipeline.errors import PipelineError, printable
from pipeline.folders.specification import SUFFIXES, Specification, descriptor, require_frictionless

MAX_EXAMPLES = 5
MAX_DIGITS = 1000
# {error type of Frictionless: kind of mismatch}; the kind of constraint errors depends on the constraint.
KINDS = {
    "type-error": "wrong type",
    "primary-key": "wrong key",
    "unique-error": "wrong key",
    "foreign-key": "orphan",
    "missing-cell": "wrong number of cells",
    "extra-cell": "wrong number of cells",
    "blank-row": "blank row",
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
    audit, frictionless = Audit(specification.title), require_frictionless()
    with exact_decimals(), _tolerant_fields(frictionless.Field):
        readable = [resource for resource in specification.resources if _check_header(audit, folder, resource)]
        names = {resource["name"] for resource in readable}
        kept = [_without_references_to_others(resource, names) for resource in readable]
        package = frictionless.Package(descriptor(kept), basepath=str(folder))
        for table, resource in zip(package.resources, readable, strict=True):
            _validate(audit, resource["name"], table)
    order = [resource["name"] for resource in specification.resources]
    audit.mismatches.sort(key=lambda mismatch: order.index(mismatch.table))
    audit.mismatches += _unexpected_files(folder, specification)
    return audit


def _check_header(audit: Audit, folder: Path, resource: Mapping[str, Any]) -> bool:
    """Add the mismatches of the header of a table, and return whether its values can be read by name."""
    name, columns = resource["name"], [column["name"] for column in resource["schema"]["fields"]]
    if not is_inside(folder, folder / resource["path"]):
        audit.mismatches.append(Mismatch(name, "", "missing table", 1, (resource["path"],)))
        return False
    audit.rows[name] = 0
    frictionless = require_frictionless()
    (described,) = descriptor([resource])["resources"]
    del described["schema"]
    try:
        with frictionless.Resource.from_descriptor(described, basepath=str(folder)) as opened:
            labels = [str(label) for label in opened.labels]
            has_header = opened.dialect.header and opened.dialect.header_rows
        problem = "" if labels or not has_header else "the file is empty"
    except frictionless.FrictionlessException as error:
        problem = _example(error.error)
    if problem:
        audit.mismatches.append(Mismatch(name, "", "unreadable file", 1, (problem,)))
        return False
    if not has_header:
        return True
    audit.mismatches += _header_mismatches(name, labels, columns)
    return len({*labels}) == len(labels) and not {*labels}.isdisjoint(columns)


def _validate(audit: Audit, name: str, table: Any) -> None:
    """Add the number of rows and the mismatches of the values of a table, a resource of Frictionless, to the audit."""

    def errors() -> Iterator[Any]:
        """Yield the errors of the rows one by one: there may be more of them than fit into memory."""
        try:
            with table:
                for row in table.row_stream:
                    audit.rows[name] += 1
                    yield from row.errors
        except require_frictionless().FrictionlessException as error:
            yield error.error
        except (ArithmeticError, TypeError, ValueError) as error:
            # Such as a list in a column of a key.
            yield SimpleNamespace(type="", note=str(error))

    audit.mismatches += summarize(name, errors())


@contextmanager
def _tolerant_fields(field: Any) -> Iterator[None]:
    """Make a class of Frictionless report values that it cannot compare, such as times with a zone, as wrong type."""
    create_reader = field.create_cell_reader

    def create_tolerant_reader(self: Any) -> Callable[[Any], tuple[Any, Any]]:
        read_cell = create_reader(self)

        def read_tolerantly(cell: Any) -> tuple[Any, Any]:
            try:
                result: tuple[Any, Any] = read_cell(cell)
                return result
            except (ArithmeticError, TypeError, ValueError):
                return None, {"type": f"type is {self.type}"}

        return read_tolerantly

    field.create_cell_reader = create_tolerant_reader
    try:
        yield
    finally:
        field.create_cell_reader = create_reader


def exact_decimals() -> AbstractContextManager[Context]:
    """Compute with more digits than the 76 of a decimal number in a Parquet file; Python has 28 by default."""
    return localcontext(prec=MAX_DIGITS)


def is_inside(folder: Path, path: Path) -> bool:
    """Return True for a file whose real path is in the folder."""
    return path.is_file() and path.resolve().is_relative_to(folder.resolve())


def _without_references_to_others(resource: Mapping[str, Any], names: set[str]) -> dict[str, Any]:
    """Return the resource without foreign keys to tables that are not read: every row would be an orphan."""
    copied = deepcopy(dict(resource))
    if keys := copied["schema"].get("foreignKeys"):
        kept = [key for key in keys if (key["reference"].get("resource") or resource["name"]) in names]
        copied["schema"]["foreignKeys"] = kept
    return copied


def _header_mismatches(table: str, labels: list[str], columns: list[str]) -> Iterator[Mismatch]:
    """Yield the columns that the file lacks, has twice or without a name, and those that the specification lacks."""
    for column in columns:
        if column not in labels:
            yield Mismatch(table, column, "missing attribute", 1)
    for label, count in Counter(labels).items():
        shown = printable(label, 80)
        if not label:
            yield Mismatch(table, "", "column without a name", count)
        elif count > 1:
            yield Mismatch(table, shown, "duplicate column", count)
        elif label not in columns:
            yield Mismatch(table, shown, "unexpected column", 1)


def summarize(table: str, errors: Iterable[Any]) -> list[Mismatch]:
    """Return one mismatch per column and kind of error, with the number of values and the first examples."""
    counts: dict[tuple[str, str], int] = {}
    examples: dict[tuple[str, str], list[str]] = {}
    for error in errors:
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
        advice = "; set `encoding`" if error.type == "encoding-error" else ""
        return f"{printable(error.note or error.message, 200)}{advice}"
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
