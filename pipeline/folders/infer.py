"""Drafts of specifications: columns, types, keys and references as the tables of a folder have them now."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import pandas as pd

from pipeline.errors import PipelineError, printable
from pipeline.folders import parquet
from pipeline.folders.audit import exact_decimals, is_inside
from pipeline.folders.specification import SUFFIXES, TYPES, require_frictionless

MAX_KEY_COLUMNS = 4


@dataclass(frozen=True)
class Draft:
    """A table: `types` {column: type}, the delimiter, a comma for Parquet files, and all values as text."""

    types: dict[str, str]
    delimiter: str
    values: pd.DataFrame


def infer(folder: Path) -> str:
    """Return the draft of a specification in TOML.

    Raises PipelineError if the folder has no tables, with all that are not readable.
    """
    frictionless = require_frictionless()
    paths = [path for path in sorted(folder.rglob("*")) if path.suffix.lower() in SUFFIXES and is_inside(folder, path)]
    if not paths:
        raise PipelineError(
            f"{printable(str(folder))}: expected {' or '.join(SUFFIXES)} files, found none; name a folder with tables"
        )
    drafts, problems = {}, []
    for path in paths:
        relative = path.relative_to(folder).as_posix()
        try:
            with exact_decimals():
                drafts[relative] = _read(folder, relative)
        except (frictionless.FrictionlessException, ValueError, ArithmeticError, OSError) as error:
            reason = printable(error.error.note if hasattr(error, "error") else str(error), 300)
            problems.append(
                f"{printable(relative)}: expected a readable table, found: {reason}; correct or remove the file"
            )
    if problems:
        raise PipelineError("\n".join(problems))
    keys = {name: find_key(draft.values) for name, draft in drafts.items()}
    return "\n".join(_lines(folder.resolve().name, drafts, keys))


def _read(folder: Path, relative: str) -> Draft:
    """Return a table. Raises ValueError if its columns have no distinct names, and errors of the readers."""
    from frictionless import Detector
    from frictionless.resources import TableResource

    # Without None, a missing value of a Parquet file is one of any type.
    detector = Detector(field_missing_values=["", None])
    # A name in another encoding cannot be written in a specification.
    relative.encode()
    with TableResource(path=relative, basepath=str(folder), encoding="utf-8", detector=detector) as resource:
        labels = Counter(resource.labels)
        types = {str(column.name): str(column.type) for column in resource.schema.fields}
        control = resource.dialect.to_descriptor().get("csv", {})
    if unclear := [repr(label) for label, count in labels.items() if count > 1 or not label]:
        raise ValueError(f"columns without a name of their own: {', '.join(unclear)}")
    if not types:
        raise ValueError("no columns")
    delimiter = control.get("delimiter", ",")
    return Draft(types, delimiter, _read_text(folder / relative, delimiter))


def _read_text(path: Path, delimiter: str) -> pd.DataFrame:
    """Return the table as text; missing values and empty texts are NA."""
    if path.suffix.lower() == ".csv":
        # Without index_col, pandas takes the first column for an index if the first row is too long.
        return pd.read_csv(path, sep=delimiter, dtype="string", keep_default_na=False, na_values=[""], index_col=False)
    labels, *rows = ([None if cell is None else str(cell) for cell in row] for row in parquet.rows(path))
    return pd.DataFrame(rows, columns=labels, dtype="string").replace("", pd.NA)


def find_key(table: pd.DataFrame) -> list[str]:
    """Return the first smallest combination of up to four complete columns that is unique; empty if there is none."""
    complete = [name for name in table.columns if len(table) and not table[name].isna().any()][: 2 * MAX_KEY_COLUMNS]
    for size in range(1, MAX_KEY_COLUMNS + 1):
        for columns in combinations(complete, size):
            if not table.duplicated(list(columns)).any():
                return list(map(str, columns))
    return []


def find_references(
    name: str, drafts: Mapping[str, Draft], keys: Mapping[str, list[str]]
) -> Iterator[tuple[list[str], str]]:
    """Yield (columns, table) for every other table whose key this table repeats, all its values included."""
    table = drafts[name].values
    for other, key in keys.items():
        if other == name or not key or not set(key) <= set(table.columns) or key == keys[name]:
            continue
        values = table[key].dropna().drop_duplicates()
        if len(values) and len(values.merge(drafts[other].values[key])) == len(values):
            yield key, other


def _lines(title: str, drafts: Mapping[str, Draft], keys: Mapping[str, list[str]]) -> Iterator[str]:
    """Yield the lines of the TOML file."""
    yield "# A draft: every line describes the files as they are, which may be wrong."
    yield f"title = {_quoted(title)}"
    names = _names(drafts)
    for path, draft in drafts.items():
        table = _quoted(names[path])
        yield f"\n[tables.{table}]"
        yield f"file = {_quoted(path)}"
        if draft.delimiter != ",":
            yield f"delimiter = {_quoted(draft.delimiter)}"
        if keys[path]:
            yield f"key = {_list(keys[path])}"
        for key, other in find_references(path, drafts, keys):
            yield f"[[tables.{table}.references]]"
            yield f"columns = {_list(key)}"
            yield f"table = {_quoted(names[other])}"
        yield f"[tables.{table}.columns]"
        for column, kind in draft.types.items():
            definition, values = _quoted(kind if kind in TYPES else "any"), draft.values.get(column)
            is_complete = values is not None and len(values) and not values.isna().any()
            yield f"{_quoted(column)} = " + (
                f"{{ type = {definition}, required = true }}" if is_complete else definition
            )


def _names(paths: Iterable[str]) -> dict[str, str]:
    """Return {path: name of its table}: the path itself if another file would have the same name."""
    names = {path: Path(path).with_suffix("").as_posix().replace("/", "_") for path in paths}
    counts = Counter(names.values())
    return {path: name if counts[name] == 1 else path for path, name in names.items()}


def _quoted(text: str) -> str:
    """Return a basic string of TOML; JSON escapes the same characters, except DEL."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _list(names: list[str]) -> str:
    return f"[{', '.join(map(_quoted, names))}]"
