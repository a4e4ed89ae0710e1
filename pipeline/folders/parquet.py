"""Rows of Parquet files with values as they are stored, for Frictionless, whose own reader converts them by pandas."""

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet

BATCH_ROWS = 2000


def rows(path: Path) -> Iterator[list[Any]]:
    """Yield the names of the columns, then the values of each row; null and NaN are None.

    The unnamed index that pandas writes is no column. Raises OSError and ValueError for a file that is not readable.
    """
    with pyarrow.parquet.ParquetFile(path) as file:
        names = file.schema_arrow.names
        kept = [number for number, name in enumerate(names) if not name.startswith("__index_level_")]
        yield [names[number] for number in kept]
        for batch in file.iter_batches(batch_size=BATCH_ROWS):
            for cells in zip(*(batch.column(number).to_pylist() for number in kept), strict=True):
                yield [None if isinstance(cell, float) and math.isnan(cell) else cell for cell in cells]
