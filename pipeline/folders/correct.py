"""Corrections of a folder of CSV files by reviewed rules; the folder itself is not changed.

Rules: `map` fills empty cells of a column with the meaning of a code in another one, `copy` with the value of another
one, and `rename` changes the name of a column. Each states how many rows it changes: another number stops the run.
"""

import csv
import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipeline import documents
from pipeline.errors import PipelineError, printable
from pipeline.folders.audit import is_inside
from pipeline.folders.specification import Specification, require_frictionless

RULES = ("map", "copy", "rename")
TEXTS = dict.fromkeys(("rule", "table", "column", "from", "reason"), str)
CORRECTION = TEXTS | {"rows": int, "codes": ({str: (str, int)}, None)}
PLAN = {"tables": str, "dynamodb": str, "prefix": str, "corrections": ([CORRECTION], None)}
SAMPLES = 3
MAX_PROBLEMS = 20


@dataclass(frozen=True)
class Rule:
    """A reviewed correction: `column` is filled from, or is the new name of, the column `source`; `rows`: how many."""

    rule: str
    table: str
    column: str
    source: str
    rows: int
    reason: str
    codes: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Applied:
    """A rule, the number of rows that it changed, and the first of them as `row 2: source value -> new value`."""

    rule: Rule
    rows: int = 0
    samples: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Plan:
    """What is done with a folder: specifications of its tables and of those in DynamoDB, prefix of these, and rules."""

    tables: Path
    dynamodb: Path
    prefix: str
    rules: tuple[Rule, ...]


def read_plan(path: Path) -> Plan:
    """Return the plan in a TOML file. Raises InvalidSpecification with all mistakes."""
    content, problems = documents.read(path, "plan", PLAN)
    rules = [_rule(number, entry, problems) for number, entry in enumerate(content.get("corrections") or (), 1)]
    documents.raise_if_any(path, "plan", [*problems, *_conflicts(rules)])
    folder = path.parent
    return Plan(folder / content["tables"], folder / content["dynamodb"], content["prefix"], tuple(rules))


def _rule(number: int, entry: Mapping[str, Any], problems: list[str]) -> Rule:
    """Return the rule of an entry of the plan, and add its mistakes to `problems`."""
    if entry["rule"] not in RULES:
        problems.append(f"corrections {number}: rule is not one of {', '.join(RULES)}")
    if ("codes" in entry) != (entry["rule"] == "map"):
        problems.append(f"corrections {number}: codes: a rule `map` needs them, and no other one has them")
    rule, table, column, source = (entry[name] for name in ("rule", "table", "column", "from"))
    codes = {code: str(meaning) for code, meaning in (entry.get("codes") or {}).items()}
    return Rule(rule, table, column, source, entry["rows"], entry["reason"], codes)


def _conflicts(rules: Sequence[Rule]) -> Iterator[str]:
    """Yield the columns that several rules fill, or rename."""
    filled = Counter(f"{rule.table}.{rule.column}" for rule in rules)
    renamed = Counter(f"{rule.table}.{rule.source}" for rule in rules if rule.rule == "rename")
    for verb, counts in (("fills", filled), ("renames", renamed)):
        yield from (f"{name}: expected one rule that {verb} it, found {n}" for name, n in counts.items() if n > 1)


def correct_folder(folder: Path, target: Path, specification: Specification, rules: Iterable[Rule]) -> list[Applied]:
    """Write the tables of a folder, corrected, to the new or empty folder `target`; return what the rules changed.

    Raises PipelineError with all problems; nothing is written then.
    """
    if os.path.lexists(target) and (target.is_symlink() or not target.is_dir() or any(target.iterdir())):
        subject = printable(str(target))
        raise PipelineError(f"{subject}: expected a new or empty folder, found another path; name a new folder")
    applied, problems = [Applied(rule) for rule in rules], []
    resources = {resource["name"]: resource for resource in specification.resources}
    problems += [f"{item.rule.table}: no such table" for item in applied if item.rule.table not in resources]
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(prefix=".correcting-", dir=target.parent))
    try:
        for name, resource in resources.items():
            own = [item for item in applied if item.rule.table == name]
            problems += _write_table(folder, temporary, resource, own)
        problems += [_count_problem(item) for item in applied if item.rows != item.rule.rows]
        if problems:
            text = printable("; ".join(problems[:MAX_PROBLEMS]), 3000)
            raise PipelineError(
                f"{printable(str(folder))}: expected corrections that apply, found: {text}; review them"
            )
        temporary.rename(target)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return applied


def _write_table(folder: Path, target: Path, resource: Mapping[str, Any], applied: list[Applied]) -> list[str]:
    """Write one table, corrected, unless the folder lacks it, which the audit reports; return the problems."""
    source, copy = folder / resource["path"], target / resource["path"]
    if not is_inside(folder, source):
        return [f"{resource['name']}: no file {resource['path']}"] if applied else []
    copy.parent.mkdir(parents=True, exist_ok=True)
    try:
        if applied:
            return _correct_file(source, copy, resource, applied)
        shutil.copyfile(source, copy)
    except (OSError, ValueError, csv.Error) as error:
        return [f"{resource['name']}: not readable: {error}"]
    return []


def _count_problem(item: Applied) -> str:
    return f"{item.rule.table}.{item.rule.column}: {item.rows} rows to change instead of {item.rule.rows}"


def _correct_file(source: Path, copy: Path, resource: Mapping[str, Any], applied: list[Applied]) -> list[str]:
    """Write a corrected file, with the same rows in the same order; return the problems."""
    encoding, dialect = resource["encoding"], csv_dialect(resource)
    if source.suffix.lower() != ".csv" or dialect is None:
        return [f"{resource['name']}: corrections apply to CSV files with one header row and no comments only"]
    # Frictionless accepts a byte order mark as well.
    reading = "utf-8-sig" if encoding.lower() in ("utf-8", "utf8") else encoding
    with source.open(encoding=reading, newline="") as file, copy.open("w", encoding=encoding, newline="") as output:
        reader, writer = csv.reader(file, dialect), csv.writer(output, dialect)
        header = next(reader, [])
        problems = [problem for item in applied for problem in _header_problems(item.rule, header)]
        if problems:
            return problems
        renamed = {item.rule.source: item.rule.column for item in applied if item.rule.rule == "rename"}
        names = [renamed.get(name, name) for name in header]
        names += [item.rule.column for item in applied if item.rule.column not in names]
        writer.writerow(names)
        for number, cells in enumerate(reader, 2):
            if len(cells) != len(header):
                problems.append(f"{resource['name']} row {number}: {len(cells)} cells instead of {len(header)}")
                continue
            row = dict(zip(header, cells, strict=True))
            values = {item.rule.column: _value(item, number, row, problems.append) for item in applied}
            named = {renamed.get(name, name): value for name, value in row.items()} | values
            writer.writerow([named[name] for name in names])
    return problems


def csv_dialect(resource: Mapping[str, Any]) -> Any:
    """Return how Frictionless reads the file of a resource, or None if other rows than the first one are no data."""
    frictionless = require_frictionless()
    dialect = frictionless.Dialect.from_descriptor(deepcopy(dict(resource.get("dialect") or {})))
    if not dialect.header or dialect.header_rows != [1] or dialect.comment_char or dialect.comment_rows:
        return None
    return frictionless.formats.CsvControl.from_dialect(dialect).to_python()


def _header_problems(rule: Rule, header: list[str]) -> list[str]:
    """Return a message if the header lacks the rule's source column, or has its new name already."""
    problems = [] if rule.source in header else [f"{rule.table}: no column {rule.source}"]
    if rule.rule == "rename" and rule.column in header:
        problems.append(f"{rule.table}: a column {rule.column} already")
    return problems


def _value(item: Applied, number: int, row: Mapping[str, str], report: Callable[[str], None]) -> str:
    """Return the new value of the rule's column, and count the row if the rule changes it."""
    rule, source = item.rule, row.get(item.rule.source, "")
    current = "" if rule.rule == "rename" else row.get(rule.column, "")
    if current or (not source and rule.rule != "rename"):
        return current
    if rule.rule == "map" and source not in rule.codes:
        report(f"{rule.table} row {number}: {rule.source} {printable(source, 80)} has no meaning in the rule")
        return ""
    value = rule.codes[source] if rule.rule == "map" else source
    item.rows += 1
    if len(item.samples) < SAMPLES:
        item.samples.append(f"row {number}: {printable(source, 80)} -> {printable(value, 80)}")
    return value
