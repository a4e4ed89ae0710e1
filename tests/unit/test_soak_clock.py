"""The simulated clock of the soak test."""

import runpy
import time
from datetime import UTC, datetime

import pytest

from tests.architecture.tree import REPOSITORY

CLOCK = REPOSITORY / "tests" / "soak" / "clock.py"


def test_the_simulated_clock_goes_on_across_a_real_midnight(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOAK_BEGAN", "2026-01-01")
    monkeypatch.setenv("SOAK_DATE", "2030-03-01")
    simulated = []
    for minute in ("2026-01-01T23:59", "2026-01-02T00:01"):
        real_ns = int(datetime.fromisoformat(minute).replace(tzinfo=UTC).timestamp()) * 10**9
        with monkeypatch.context() as patch:
            patch.setattr(time, "time_ns", lambda real_ns=real_ns: real_ns)
            patch.setattr(time, "time", time.time)
            # As each process of the test, which imports it once.
            runpy.run_path(str(CLOCK))
            simulated.append(datetime.fromtimestamp(time.time(), UTC).isoformat(timespec="minutes"))
    assert simulated == ["2030-03-01T23:59+00:00", "2030-03-02T00:01+00:00"]
