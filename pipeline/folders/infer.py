"""Drafts of specifications: columns, types, keys and references as the tables of a folder have them now."""

import json
from collections.abc import Iterator, Mapping
from itertools import combinations
from pathlib import Path

import pandas as pd

from pipeline.errors import PipelineError, printable
from pipeline.folders.audit import require_frictionless
from pipeline.folders.specification import SUFFIXES, TYPES

MAX_KEY_COLUMNS = 4


def infer(folder: Path) -> str:
    """Return the draft of a specification in TOML. Raises PipelineError if the folder has no tables."""
    require_frictionless()
    from frictionless import FrictionlessException
    from frictionless.resources import TableResource

    paths = [path for path in sorted(folder.rglob("*")) if path.suffix.lower() in SUFFIXES and path.is_file()]
    if not paths:
        raise PipelineError(
            f"{printable(str(folder))}: expected {' or '.join(SUFFIXES)} files, found none; name a folder with tables"
        )
    types, tables = {}, {}
    for path in paths:
        relative = path.relative_to(folder).as_posix()
        try:
            with TableResource(path=relative, basepath=str(folder)) as resource:
                types[relative] = {str(column.name): str(column.type) for column in resource.schema.fields}
            tables[relative] = _read_text(path)
        except (FrictionlessException, ValueError, OSError) as error:
            reason = printable(str(error))
            raise PipelineError(
                f"{printable(relative)}: expected a readable table, found: {reason}; correct or remove the file"
            ) from error
    keys = {name: find_key(table) for name, table in tables.items()}
    return "\n".join(_lines(folder.resolve().name, types, keys, tables))


def _read_text(path: Path) -> pd.DataFrame:
    """Return the table as text; empty cells are NaN."""
    if path.suffix.lower() == ".parquet":
        return pd.read_parquet(path).astype("string")
    return pd.read_csv(path, dtype="string", keep_default_na=False, na_values=[""])


def find_key(table: pd.DataFrame) -> list[str]:
    """Return the first smallest combination of up to four complete columns that is unique; empty if there is none."""
    complete = [name for name in table.columns if len(table) and not table[name].isna().any()][: 2 * MAX_KEY_COLUMNS]
    for size in range(1, MAX_KEY_COLUMNS + 1):
        for columns in combinations(complete, size):
            if not table.duplicated(list(columns)).any():
                return list(map(str, columns))
    return []


def find_references(
    name: str, tables: Mapping[str, pd.DataFrame], keys: Mapping[str, list[str]]
) -> Iterator[tuple[list[str], str]]:
    """Yield (columns, table) for every other table whose key this table repeats, all its values included."""
    table = tables[name]
    for other, key in keys.items():
        if other == name or not key or not set(key) <= set(table.columns) or key == keys[name]:
            continue
        values = table[key].dropna().drop_duplicates()
        if len(values) and len(values.merge(tables[other][key])) == len(values):
            yield key, other


def _lines(
    title: str,
    types: Mapping[str, Mapping[str, str]],
    keys: Mapping[str, list[str]],
    tables: Mapping[str, pd.DataFrame],
) -> Iterator[str]:
    """Yield the lines of the TOML file."""
    yield "# A draft: every line describes the files as they are, which may be wrong."
    yield f"title = {_quoted(title)}"
    names = {path: Path(path).with_suffix("").as_posix().replace("/", "_") for path in types}
    for path, columns in types.items():
        table = _quoted(names[path])
        yield f"\n[tables.{table}]"
        yield f"file = {_quoted(path)}"
        if keys[path]:
            yield f"key = {_list(keys[path])}"
        for key, other in find_references(path, tables, keys):
            yield f"[[tables.{table}.references]]"
            yield f"columns = {_list(key)}"
            yield f"table = {_quoted(names[other])}"
        yield f"[tables.{table}.columns]"
        for column, kind in columns.items():
            definition = _quoted(kind if kind in TYPES else "any")
            is_complete = column in tables[path] and len(tables[path]) and not tables[path][column].isna().any()
            yield f"{_quoted(column)} = " + (
                f"{{ type = {definition}, required = true }}" if is_complete else definition
            )


def _quoted(text: str) -> str:
    """Return a basic string of TOML; JSON escapes the same characters, except DEL."""
    return json.dumps(text).replace("\x7f", "\\u007f")


def _list(names: list[str]) -> str:
    return f"[{', '.join(map(_quoted, names))}]"
