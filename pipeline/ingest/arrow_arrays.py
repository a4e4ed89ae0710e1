"""Arrow arrays from NumPy arrays, without `pyarrow.array`, which imports pandas: that takes as long as a small file."""

import numpy as np
import pyarrow as pa

from pipeline.ingest.jet_file import Numbers


def to_arrow(values: Numbers, data_type: pa.DataType | None = None, mask: Numbers | None = None) -> pa.Array:
    """Return numbers or booleans as an Arrow array, NULL where the mask is true; `data_type`: of the same width."""
    data = np.packbits(values, bitorder="little") if values.dtype == bool else np.ascontiguousarray(values)
    validity = None if mask is None else pa.py_buffer(np.packbits(~mask, bitorder="little"))
    data_type = data_type or pa.from_numpy_dtype(values.dtype)
    return pa.Array.from_buffers(data_type, len(values), [validity, pa.py_buffer(data)])
