"""The soak test, over two weeks: an interrupted run and a stopped database leave the same release as a clean build."""

from pathlib import Path

from tests.soak.run import Soak


def test_two_weeks_with_faults(tmp_path: Path) -> None:
    with Soak(tmp_path / "soak", seed=1) as soak:
        weeks = [soak.sync(0, "interrupt"), soak.sync(1, "stop_database")]
        assert soak.problems() == []
    assert [week.changes for week in weeks] == [1, 2]
