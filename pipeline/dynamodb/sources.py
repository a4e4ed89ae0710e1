"""Relations to publish, and those in the Parquet files of a release."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet

from pipeline.errors import DynamodbError

BATCH_ROWS = 2000


@dataclass(frozen=True)
class Source:
    """A relation: {column: kind}, and a function that yields its rows as {column: value}, every time it is called."""

    columns: Mapping[str, str]
    rows: Callable[[], Iterator[Mapping[str, Any]]]


def parquet_source(path: Path) -> Source:
    """Return the relation in a Parquet file. Raises DynamodbError if it is missing, or a type cannot be published."""
    if not path.is_file():
        raise DynamodbError(
            f"{path.name}: expected the Parquet file of the release, found none; run luigi --module pipeline "
            "PublishDynamodb with the current snapshot, which exports it"
        )
    schema = pa.parquet.read_schema(path)
    return Source({field.name: _kind(path.stem, field) for field in schema}, lambda: _parquet_rows(path))


def _kind(relation: str, field: pa.Field) -> str:
    """Return the kind of a column, one of values.KINDS. Raises DynamodbError for other types."""
    kinds = (
        (pa.types.is_string, "text"),
        (pa.types.is_integer, "integer"),
        (pa.types.is_float32, "real"),
        (pa.types.is_float64, "double"),
        (pa.types.is_decimal, "decimal"),
        (pa.types.is_boolean, "boolean"),
        (pa.types.is_date32, "date"),
        (pa.types.is_time, "time"),
        (pa.types.is_timestamp, "timestamp"),
    )
    for matches, kind in kinds:
        if matches(field.type):
            return kind
    raise DynamodbError(
        f"{relation}.{field.name}: expected a type that can be published, found {field.type}; exclude the column"
    )


def _parquet_rows(path: Path) -> Iterator[dict[str, Any]]:
    with pa.parquet.ParquetFile(path) as file:
        for batch in file.iter_batches(batch_size=BATCH_ROWS):
            yield from batch.to_pylist()
