"""The simulated clock: time goes on from midnight of the date in SOAK_DATE. Importing this module sets it."""

import os
import time
from datetime import UTC, datetime

_midnight = datetime.fromisoformat(os.environ["SOAK_DATE"]).replace(tzinfo=UTC)
_offset_ns = int(_midnight.timestamp()) * 10**9 - time.time_ns() // (86_400 * 10**9) * 86_400 * 10**9
_time_ns = time.time_ns


def shifted_ns() -> int:
    """Return the simulated time in ns since 1970."""
    return _time_ns() + _offset_ns


def shifted() -> float:
    """Return the simulated time in seconds since 1970."""
    return shifted_ns() / 1e9


time.time_ns, time.time = shifted_ns, shifted
