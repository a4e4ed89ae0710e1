"""Read the folder of corrections: CSV files with one value per line, TOML files with bulk rules. No database is needed.

Mistakes are collected, not raised, so that all files are reported at once.
"""

import csv
import io
import re
import shlex
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pipeline.errors import printable
from pipeline.warehouse.overlay.definitions import (
    ID,
    REVIEW,
    Correction,
    derived_id,
    read_value,
    review_mistakes,
)

COLUMNS = ("table", "key", "column", "current_value", "correct_value", *REVIEW)
# {field of a bulk rule: its type}
COMMON_FIELDS = {"id": str, "table": str, "rows": int, **dict.fromkeys(REVIEW, str)}
FIELDS: dict[str, dict[str, type]] = {
    "mapping": COMMON_FIELDS | {"column": str, "values": dict},
    "copy": COMMON_FIELDS | {"from": str, "to": str},
}
OPTIONAL_FIELDS: dict[str, type] = {"where": dict, "tolerance": int}
OPTIONAL_BY_KIND: dict[str, dict[str, type]] = {"mapping": {}, "copy": {"only_null": bool}}
MAX_ROWS = 10**12
TYPE_NAMES = {
    str: "a text",
    int: f"a whole number from 0 to {MAX_ROWS}",
    dict: "a table",
    bool: "true or false",
}

Result = tuple[list[Correction], list[str]]


def read_folder(folder: Path) -> Result:
    """Return (corrections, mistakes) of all files of a folder, in order of file name; none if it does not exist."""
    corrections: list[Correction] = []
    mistakes: list[str] = []
    try:
        names = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    except FileNotFoundError:
        return [], []
    except OSError as error:
        return [], [f"{folder.name}: expected a folder that can be listed, found: {error.strerror}; correct it"]
    for path in [path for path in names if path.suffix.lower() in (".csv", ".toml")]:
        own, wrong = read_file(path)
        corrections += own
        mistakes += wrong
    origins: dict[str, str] = {}
    for correction in corrections:
        if other := origins.get(correction.id):
            text = f"expected an id of its own, found {correction.id}, which {other} has"
            mistakes.append(f"{correction.origin}: {text}; remove one of them or give it another id")
        origins.setdefault(correction.id, correction.origin)
    return corrections, mistakes


def read_file(path: Path) -> Result:
    """Return (corrections, mistakes) of one file."""
    try:
        text = path.read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        return [], [f"{path.name}: expected a text file in UTF-8, found another: {error}; save it as UTF-8"]
    mark = []
    if text.startswith("\ufeff"):
        mark = [f"{path.name}:1: expected no byte order mark, found one; save the file as UTF-8 without it"]
        text = text[1:]
    corrections, mistakes = (read_csv if path.suffix.lower() == ".csv" else read_toml)(path.name, text)
    return corrections, [*mark, *mistakes]


def read_csv(name: str, text: str) -> Result:
    """Return (corrections, mistakes) of the text of a CSV file; lines in any order, `id` is optional."""
    corrections: list[Correction] = []
    mistakes: list[str] = []
    header: list[str] = []
    lines = numbered_lines(text)
    while True:
        try:
            number, cells = next(lines)
        except StopIteration:
            return corrections, mistakes
        except csv.Error as error:
            return corrections, [*mistakes, f"{name}: expected CSV, found other text: {error}; correct the quotes"]
        if not header:
            header = [re.sub(r"\s+", "_", cell.strip().lower()) for cell in cells]
            if sorted({*header} - {"id"}) != sorted(COLUMNS) or len({*header}) != len(header):
                names = printable(", ".join(cells))
                expected = ", ".join(COLUMNS)
                return [], [f"{name}:{number}: expected the columns {expected} and id, found {names}; correct them"]
        elif len(cells) != len(header):
            mistakes.append(
                f"{name}:{number}: expected {len(header)} cells, found {len(cells)}; quote cells with commas"
            )
        else:
            correction, own = read_line(f"{name}:{number}", dict(zip(header, cells, strict=True)))
            corrections += [correction] if correction else []
            mistakes += own


def numbered_lines(text: str) -> Iterator[tuple[int, list[str]]]:
    """Yield (number of its first line, cells) of each record that is not blank. Raises csv.Error."""
    # Narratives are longer than Python's default limit of 131,072 characters.
    csv.field_size_limit(2**31 - 1)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    while True:
        number = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise csv.Error(f"line {number}: {error}") from error
        if cells:
            yield number, cells


def read_line(origin: str, cells: dict[str, str]) -> tuple[Correction | None, list[str]]:
    """Return (correction, mistakes) of a line; no correction if there are mistakes."""
    mistakes = review_mistakes(cells)
    table, column, key = cells["table"], cells["column"], cells["key"]
    mistakes += [f"{name}: expected a name, found none; add it" for name in ("table", "column") if not cells[name]]
    words: tuple[str, ...] = ()
    try:
        words = tuple(shlex.split(key))
    except ValueError as error:
        mistakes.append(f"key: expected words as for `why row`, found {printable(key)!r}: {error}; correct the quotes")
    change = (read_value(cells["current_value"]), read_value(cells["correct_value"]))
    identity = cells.get("id", "") or derived_id(table, words, column, *change)
    mistakes += id_mistakes(identity)
    if mistakes:
        return None, [f"{origin}: {mistake}" for mistake in mistakes]
    review = (cells["source"], cells["reviewer"], cells["date"])
    return Correction(identity, "value", table, column, *review, origin, key=words, changes=(change,)), []


def id_mistakes(identity: str) -> list[str]:
    """Return a message for an id of another form, in a list."""
    if ID.fullmatch(identity):
        return []
    return [f"id: expected letters, digits, '.', '_' and '-', found {printable(identity, 80)!r}; correct it"]


def read_toml(name: str, text: str) -> Result:
    """Return (corrections, mistakes) of the text of a TOML file with tables [[mapping]] and [[copy]]."""
    corrections: list[Correction] = []
    try:
        content = tomllib.loads(text)
    # RecursionError: brackets that are nested too deeply.
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        return [], [f"{name}: expected TOML, found other text: {error}; correct it"]
    unknown = sorted(set(content) - set(FIELDS))
    mistakes = [f"{name}: expected [[mapping]] and [[copy]], found {printable(key)}; remove it" for key in unknown]
    for kind in FIELDS:
        rules = content.get(kind, [])
        if not isinstance(rules, list) or not all(isinstance(rule, dict) for rule in rules):
            mistakes.append(f"{name}: expected [[{kind}]], found another form of {kind}; write two brackets")
            continue
        heads = [
            number for number, line in enumerate(text.splitlines(), 1) if re.match(rf"\s*\[\[\s*{kind}\s*\]\]", line)
        ]
        for index, rule in enumerate(rules):
            origin = f"{name}:{heads[index] if len(heads) == len(rules) else 1}"
            correction, own = read_rule(origin, kind, rule)
            corrections += [correction] if correction else []
            mistakes += own
    return corrections, mistakes


def read_rule(origin: str, kind: str, rule: dict[str, Any]) -> tuple[Correction | None, list[str]]:
    """Return (correction, mistakes) of a bulk rule; no correction if there are mistakes."""
    if hasattr(rule.get("date"), "isoformat"):
        rule = rule | {"date": rule["date"].isoformat()}
    if mistakes := field_mistakes(kind, rule):
        return None, [f"{origin}: {mistake}" for mistake in mistakes]
    values = {str(old): str_value(new) for old, new in rule.get("values", {}).items()}
    where = [(column, read_value(str_value(value))) for column, value in rule.get("where", {}).items()]
    correction = Correction(
        rule["id"],
        kind,
        rule["table"],
        rule["column" if kind == "mapping" else "to"],
        rule["source"],
        rule["reviewer"],
        rule["date"],
        origin,
        changes=tuple((read_value(old), read_value(new)) for old, new in values.items()),
        from_column=rule.get("from", ""),
        only_null=rule.get("only_null", kind == "copy"),
        where=where[0] if where else None,
        rows=rule["rows"],
        tolerance=rule.get("tolerance", 0),
    )
    return correction, []


def str_value(value: Any) -> str:
    """Return a value of TOML as text in the form of the CSV files."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def field_mistakes(kind: str, rule: dict[str, Any]) -> list[str]:
    """Return a message for each field of a bulk rule that is missing, unknown, or of another type."""
    required = FIELDS[kind]
    known = required | OPTIONAL_FIELDS | OPTIONAL_BY_KIND[kind]
    mistakes = [
        f"{name}: expected {TYPE_NAMES[type_]}, found none; add it"
        for name, type_ in required.items()
        if name not in rule
    ]
    for name, value in rule.items():
        if name not in known:
            mistakes.append(f"{printable(name)}: expected one of {', '.join(known)}, found another; remove it")
        elif type(value) is not known[name] or value == "" or (isinstance(value, int) and not 0 <= value <= MAX_ROWS):
            mistakes.append(
                f"{name}: expected {TYPE_NAMES[known[name]]}, found {printable(repr(value), 80)}; correct it"
            )
    if mistakes:
        return mistakes
    if len(rule.get("where", {"": ""})) != 1:
        mistakes.append("where: expected one column and its value, found another number; write one rule for each")
    if kind == "mapping" and not rule["values"]:
        mistakes.append("values: expected old and new values, found none; add them")
    nested = [*rule.get("values", {}).values(), *rule.get("where", {}).values()]
    if any(isinstance(value, dict | list) for value in nested):
        mistakes.append("values, where: expected texts and numbers, found a list or table; correct it")
    return [*mistakes, *id_mistakes(rule["id"]), *review_mistakes(rule)]
