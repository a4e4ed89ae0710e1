"""Arrow arrays from NumPy arrays equal those of pyarrow.array, without the import of pandas."""

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pytest

from pipeline.ingest.arrow_arrays import to_arrow

VALUES = np.array([3, -1, 0, 7, 5, 9, 2, 8, 4], "<i8")
MASK = VALUES > 4


@pytest.mark.parametrize("mask", [None, MASK])
@pytest.mark.parametrize(
    ("values", "data_type"),
    [
        (VALUES, None),
        (VALUES, pa.timestamp("us")),
        (VALUES[::2], None),
        (VALUES.astype("<u1"), None),
        (VALUES.astype("<f4") / 3, None),
        (np.array([1.5, np.nan, np.inf] * 3), None),
        (MASK, None),
        (VALUES[:0], None),
    ],
)
def test_an_array_has_the_values_type_and_nulls_of_pyarrow_array(
    values: npt.NDArray[np.generic], data_type: pa.DataType | None, mask: npt.NDArray[np.bool_] | None
) -> None:
    mask = None if mask is None else mask[: len(values)]
    array = to_arrow(values, data_type, mask)
    array.validate(full=True)
    # Compared as text, in which NaN equals itself.
    assert (array.type, str(array)) == (pa.array(values, data_type).type, str(pa.array(values, data_type, mask=mask)))
