"""Rows as JSON, CSV, GeoJSON and Parquet."""

import hashlib
import io
import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from math import isfinite
from pathlib import Path
from typing import Any

from fastapi import Request, Response

from pipeline.serving.database import Release
from pipeline.serving.problems import Problem

MEDIA_TYPES = {
    "json": "application/json",
    "csv": "text/csv",
    "geojson": "application/geo+json",
    "parquet": "application/vnd.apache.parquet",
}
# A shared cache asks again: a new release changes every response.
CACHE_CONTROL = "public, max-age=0, must-revalidate"
# Of this package: another version of the server may answer the same request otherwise.
CODE = hashlib.sha256(b"".join(path.read_bytes() for path in sorted(Path(__file__).parent.glob("*.py")))).hexdigest()[
    :8
]
Row = Mapping[str, Any]


def chosen_format(request: Request, parameter: str | None, available: Sequence[str] = tuple(MEDIA_TYPES)) -> str:
    """Return the format of a response: the parameter, else the one that the header Accept prefers, else JSON."""
    kinds = {MEDIA_TYPES[name]: name for name in available}
    names = [kinds[kind] for kind in preferred(request.headers.get("accept", "")) if kind in kinds]
    name = parameter or (names or ["json"])[0]
    if name not in available:
        raise Problem(406, f"format: expected one of {', '.join(available)}, found {name}; choose another")
    return name


def preferred(header: str) -> list[str]:
    """Return the values of a header such as Accept, those with the highest q first, without those of q=0."""
    weights = dict[str, float]()
    for item in header.lower().split(","):
        value, *parameters = (part.strip() for part in item.split(";"))
        numbers = [float(number) for part in parameters for number in re.findall(r"^q=([01](?:\.\d*)?)$", part)]
        weights[value] = numbers[0] if numbers else 1.0
    return sorted((value for value in weights if weights[value]), key=lambda value: -weights[value])


def etag(release: Release) -> str:
    """Return the ETag of a release; weak, because formats and compressed responses share it."""
    return f'W/"{release.id}-{release.edition}-{CODE}"'


def headers(release: Release) -> dict[str, str]:
    """Return the headers of a response whose content is of a release."""
    return {"ETag": etag(release), "Cache-Control": CACHE_CONTROL, "Vary": "Accept", "X-Release": release.id}


def json_response(release: Release, content: Mapping[str, Any]) -> Response:
    """Return {release, snapshot, ...content} as JSON."""
    body = {"release": release.id, "snapshot": release.snapshot, **content}
    return Response(to_json(body), 200, headers(release), MEDIA_TYPES["json"])


def to_json(content: Any, default: Callable[[Any], Any] | None = None) -> bytes:
    """Return JSON in UTF-8, with dates in ISO 8601; `default` converts values without a counterpart."""

    def encode(value: Any) -> Any:
        if isinstance(value, date | datetime | time):
            return value.isoformat()
        if isinstance(value, Decimal):
            is_integer = value.is_finite() and value == value.to_integral_value()
            return int(value) if is_integer else finite(float(value))
        if default is None:
            raise TypeError(type(value).__name__)
        return default(value)

    return json.dumps(content, default=encode, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()


def finite(value: Any) -> Any:
    """Return a value that JSON can hold: bytes, and numbers that are not finite, as PostgreSQL writes them."""
    if isinstance(value, float) and not isfinite(value):
        return "NaN" if value != value else "Infinity" if value > 0 else "-Infinity"
    if isinstance(value, memoryview):
        return f"\\x{value.hex()}"
    if isinstance(value, list):
        return list(map(finite, value))
    if isinstance(value, dict):
        return {name: finite(item) for name, item in value.items()}
    return value


Columns = Sequence[tuple[str, int]]


def selected(columns: Columns, rows: Sequence[Sequence[Any]], names: Sequence[str]) -> tuple[Columns, list[list[Any]]]:
    """Return the columns of these names, in this order, and their values. Raises Problem for unknown names."""
    positions = {name: index for index, (name, _) in enumerate(columns)}
    if unknown := [name for name in names if name not in positions]:
        raise Problem(
            422, f"columns: expected some of {', '.join(positions)}, found {', '.join(unknown)}; correct them"
        )
    chosen = [positions[name] for name in dict.fromkeys(names)]
    return [columns[index] for index in chosen], [[row[index] for index in chosen] for row in rows]


def rows_response(
    name: str,
    release: Release,
    columns: Columns,
    rows: Sequence[Sequence[Any]],
    cursor: str | None,
    earlier: str | None = None,
) -> Response:
    """Return rows in a format. `columns`: names with their type oids; `cursor`: of the next page, if there is one.

    `earlier`: the release whose rows these are, if they are as of another one than the current.
    """
    names = [column for column, _ in columns]
    more = headers(release) | ({"X-As-Of": earlier} if earlier else {}) | ({"X-Next-Cursor": cursor} if cursor else {})
    if name == "csv":
        return Response(to_csv(names, rows), 200, more, f"{MEDIA_TYPES[name]}; charset=utf-8; header=present")
    if name == "parquet":
        return Response(to_parquet(columns, rows), 200, more, MEDIA_TYPES[name])
    records = [dict(zip(names, map(finite, row), strict=True)) for row in rows]
    start = {"release": release.id, "snapshot": release.snapshot, "next_cursor": cursor}
    start |= {"as_of": earlier} if earlier else {}
    if name == "geojson":
        content = {"type": "FeatureCollection", **start, "features": list(map(feature, records))}
    else:
        content = {**start, "data": records}
    return Response(to_json(content), 200, more, MEDIA_TYPES[name])


def to_csv(names: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """Return CSV with a header, as COPY of PostgreSQL writes it: NULL is empty, and an empty string is two quotes."""
    lines = [",".join(map(_csv_value, row)) for row in [names, *rows]]
    return "".join(f"{line}\r\n" for line in lines)


def _csv_value(value: Any) -> str:
    if value is None:
        return ""
    text = value.isoformat() if isinstance(value, date | datetime | time) else str(value)
    return f'"{text.replace(chr(34), chr(34) * 2)}"' if not text or re.search('[",\r\n]', text) else text


def to_parquet(columns: Columns, rows: Sequence[Sequence[Any]]) -> bytes:
    """Return a Parquet file with the types of the columns; `numeric` becomes a double, other types text."""
    import pyarrow as pa
    import pyarrow.parquet

    types = {16: pa.bool_(), 20: pa.int64(), 21: pa.int16(), 23: pa.int32(), 700: pa.float32(), 701: pa.float64()}
    types |= {1082: pa.date32(), 1083: pa.time64("us"), 1114: pa.timestamp("us"), 1184: pa.timestamp("us", "UTC")}
    types |= {1700: pa.float64()}
    arrays = []
    for index, (_, oid) in enumerate(columns):
        values = [float(row[index]) if isinstance(row[index], Decimal) else row[index] for row in rows]
        is_text = oid not in types
        texts = [value if value is None or isinstance(value, str) else str(value) for value in values]
        arrays.append(pa.array(texts if is_text else values, pa.string() if is_text else types[oid]))
    buffer = io.BytesIO()
    pyarrow.parquet.write_table(pa.table(arrays, [name for name, _ in columns]), buffer, compression="zstd")
    return buffer.getvalue()


def feature(record: Row) -> dict[str, Any]:
    """Return an event as a GeoJSON feature; its geometry is null without valid coordinates (0, 0 means none)."""
    latitude, longitude = record["dec_latitude"], record["dec_longitude"]
    is_known = latitude is not None and longitude is not None
    has_point = is_known and abs(latitude) <= 90 and abs(longitude) <= 180 and (latitude, longitude) != (0, 0)
    geometry = {"type": "Point", "coordinates": [longitude, latitude]} if has_point else None
    return {"type": "Feature", "id": record["ev_id"], "geometry": geometry, "properties": record}
