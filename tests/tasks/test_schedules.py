"""Schedules run by date: nothing new is a success, a date runs once, a pause stops them, and records say what ran."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.results import release, sha256s
from tests.running import SAMPLES, RunResult, Workspace
from tests.tasks.test_commands import ask

POLLS = ("--Operations-polls", "2", "--Operations-poll-interval-s", "0.1")
# A sync that publishes and exports nothing, which takes less time.
MODULE = """
import pipeline
from pipeline.tasks.release import PublishRelease
from pipeline.tasks.schedules import WeeklySync
from pipeline.tasks.sources import CreateSnapshot

class PublishingSync(WeeklySync):
    def final_tasks(self):
        return [PublishRelease(snapshot=CreateSnapshot().current_id())]
"""


@pytest.fixture(scope="module")
def scheduled(built: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """A copy of the built store, whose server runs for the whole module."""
    workspace = built.copied(tmp_path_factory.mktemp("scheduled") / "store")
    workspace.url()
    yield workspace
    workspace.stop()


def record(workspace: Workspace, schedule: str, date: str) -> dict[str, Any]:
    return dict(json.loads((workspace.targets / "schedules" / schedule / f"{date}.json").read_text()))


def run(workspace: Workspace, *words: str) -> RunResult:
    result = workspace.run(*words)
    assert result.code == 0, result.text[-3000:]
    return result


def test_a_sync_without_new_files_succeeds_and_says_so(scheduled: Workspace) -> None:
    result = run(scheduled, "WeeklySync", "--date", "2026-01-06", *POLLS)
    assert result.families == {"WeeklySync"}
    expected = {"result": "nothing new", "release": release(scheduled)["id"]}
    assert record(scheduled, "WeeklySync", "2026-01-06").items() >= expected.items()
    assert run(scheduled, "WeeklySync", "--date", "2026-01-06", *POLLS).done == set()


def test_analytics_are_written_once_per_release(scheduled: Workspace) -> None:
    run(scheduled, "DailyAnalytics", "--date", "2026-01-06")
    written = sha256s(scheduled.targets / "analytics", "*.parquet")
    exported = sha256s(scheduled.targets / "parquet" / "mart", "mv_*_stats.parquet")
    names = {"yearly": "mv_yearly_stats", "state": "mv_state_stats", "aircraft": "mv_aircraft_stats"}
    assert written == {f"{name}_statistics.parquet": exported[f"{view}.parquet"] for name, view in names.items()}
    assert record(scheduled, "DailyAnalytics", "2026-01-06")["result"] == "written"
    run(scheduled, "DailyAnalytics", "--date", "2026-01-07")
    assert record(scheduled, "DailyAnalytics", "2026-01-07")["result"] == "nothing new"


def test_retraining_does_nothing_while_the_model_is_current(scheduled: Workspace) -> None:
    assert run(scheduled, "WeeklyRetraining", "--date", "2026-01-07").families == {"WeeklyRetraining"}
    assert record(scheduled, "WeeklyRetraining", "2026-01-07")["result"] == "nothing new"


def test_a_paused_schedule_does_nothing_and_runs_once_resumed(scheduled: Workspace) -> None:
    assert ask(scheduled, "schedule", "pause", "--reason", "new disk").returncode == 0
    assert run(scheduled, "MonthlySync", "--date", "2026-02-02", *POLLS).families == {"MonthlySync"}
    assert record(scheduled, "MonthlySync", "2026-02-02")["result"] == "paused"
    assert run(scheduled, "MonthlySync", "--date", "2026-02-02", *POLLS).done == set()
    status = ask(scheduled, "schedule").stdout
    assert "new disk" in status and "MonthlySync       2026-02-02: paused" in status
    assert "Not paused." in ask(scheduled, "schedule", "resume").stdout
    run(scheduled, "MonthlySync", "--date", "2026-02-02", *POLLS)
    assert record(scheduled, "MonthlySync", "2026-02-02")["result"] == "nothing new"


def test_a_failed_sync_continues_for_the_same_date(scheduled: Workspace, tmp_path: Path) -> None:
    lost = replace(scheduled, sources=str(tmp_path / "missing"))
    assert lost.run("WeeklySync", "--date", "2026-01-13", *POLLS).code == 30
    assert not (scheduled.targets / "schedules" / "WeeklySync" / "2026-01-13.json").exists()
    run(scheduled, "WeeklySync", "--date", "2026-01-13", *POLLS)
    assert record(scheduled, "WeeklySync", "2026-01-13")["result"] == "nothing new"


def test_a_sync_fails_while_its_sources_do_not_answer_and_continues_afterwards(
    scheduled: Workspace, tmp_path: Path
) -> None:
    """Not a success with nothing new, although a run would use the archived files."""
    (folder := tmp_path / "sources").mkdir()
    for path in Path(scheduled.sources).glob("*.zip"):
        shutil.copyfile(path, folder / path.name)
    moved = replace(scheduled, sources=str(folder))
    run(moved, "WeeklySync", "--date", "2026-01-20", *POLLS)
    folder.rename(tmp_path / "unmounted")
    result = moved.run("WeeklySync", "--date", "2026-01-27", *POLLS)
    assert result.code == 30 and f"{folder}: expected" in result.text
    assert not (scheduled.targets / "schedules" / "WeeklySync" / "2026-01-27.json").exists()
    (tmp_path / "unmounted").rename(folder)
    run(moved, "WeeklySync", "--date", "2026-01-27", *POLLS)
    assert record(scheduled, "WeeklySync", "2026-01-27")["result"] == "nothing new"


def test_every_check_of_an_unmodified_release_passes(scheduled: Workspace) -> None:
    done = ask(scheduled, "check")
    assert done.returncode == 0, done.stdout + done.stderr
    assert ", 0 failed" in done.stdout
    scheduled.query("update ntsb.events set ev_type = null, ntsb_no = null, ev_date = null")
    assert ask(scheduled, "check").returncode == 1


def test_a_sync_publishes_a_new_weekly_file(earlier: Workspace, tmp_path: Path) -> None:
    (tmp_path / "publishing.py").write_text(MODULE)
    path = f"{earlier.repository}:{tmp_path}"
    workspace = earlier.copied(tmp_path / "store", sources=str(SAMPLES), variables={"PYTHONPATH": path})
    try:
        before = release(workspace)["id"]
        result = workspace.run("--module", "publishing", "PublishingSync", "--date", "2026-01-06", *POLLS)
        assert result.code == 0, result.text[-3000:]
        actual = record(workspace, "PublishingSync", "2026-01-06")
        assert (actual["result"], actual["polls"]) == ("published", 1)
        assert actual["release"] == release(workspace)["id"] != before
        summary = json.loads(sorted(workspace.targets.glob("runs/*/run.json"))[-1].read_text())
        stages = {stage["stage"]: stage for stage in summary["stages"]}
        # `refresh` has only the schedule of this test.
        few = [(name, stage["tasks"]) for name, stage in stages.items() if stage["tasks"] < 2]
        assert few == [("publish", 1), ("refresh", 1), ("notify", 0)]
        assert stages["extract"]["rows"] > 0 and stages["publish"]["rows"] > stages["extract"]["rows"]
        assert summary["changes"]["revised"] > 0 and summary["published"]
        logged = workspace.query("select state, release, summary -> 'run' #>> '{}' from audit.run_log order by run")
        assert logged[-1] == ("succeeded", actual["release"], summary["run"])
    finally:
        workspace.stop()
