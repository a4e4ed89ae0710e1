"""Data files that pages load with script elements, because a page opened from a file cannot fetch others.

A file contains one call, `siteData(name, text)`: the text is JSON, compressed with gzip, in base64. load_data.js reads
it. pyarrow brings its own zlib, so that equal content gives equal bytes with every version of Python.
"""

import base64
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pyarrow

UNDATED = "undated"


def script(name: str, content: Any) -> bytes:
    """Return the data file `<name>.js` with a JSON value; dates and decimals become text."""
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"), default=str)
    packed = pyarrow.Codec("gzip", compression_level=9).compress(text.encode("utf-8", "replace"), asbytes=True)
    return f'siteData("{name}","{base64.b64encode(packed).decode()}");\n'.encode()


def columns(names: Sequence[str], rows: Sequence[Sequence[Any]]) -> dict[str, list[Any]]:
    """Return {column: its values in the order of rows}; columns compress better than rows."""
    return {name: [row[position] for row in rows] for position, name in enumerate(names)}


def inline(content: Mapping[str, Any]) -> str:
    """Return JSON that can stand in a script element of a page."""
    return json.dumps(content, ensure_ascii=True, sort_keys=True, default=str).replace("<", "\\u003c")


def batches(items: Iterable[tuple[str, int]], limit: int) -> list[list[str]]:
    """Return names in order, in lists whose sizes add up to at most `limit`, or that have one name."""
    result: list[list[str]] = []
    total = limit + 1
    for name, size in items:
        total += size
        if total > limit:
            result.append([])
            total = size
        result[-1].append(name)
    return result


def year_name(year: int | None) -> str:
    """Return the name of the file of the search index with the events of a year; None for those without a date."""
    return UNDATED if year is None else f"{year:04d}"
