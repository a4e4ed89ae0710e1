"""The simulated clock: the real one, moved by the days from SOAK_BEGAN, when the test began, to SOAK_DATE.

It goes on across a midnight of the real clock. Importing this module sets it.
"""

import os
import time
from datetime import date

_days = (date.fromisoformat(os.environ["SOAK_DATE"]) - date.fromisoformat(os.environ["SOAK_BEGAN"])).days
_offset_ns = _days * 86_400 * 10**9
_time_ns = time.time_ns


def shifted_ns() -> int:
    """Return the simulated time in ns since 1970."""
    return _time_ns() + _offset_ns


def shifted() -> float:
    """Return the simulated time in seconds since 1970."""
    return shifted_ns() / 1e9


time.time_ns, time.time = shifted_ns, shifted
