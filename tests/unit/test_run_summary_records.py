"""Events of a run become its summary; old records are pruned as configured; names and times agree."""

import contextlib
import datetime
import json
import time
from pathlib import Path
from typing import Any

import pytest

from pipeline import file_lock
from pipeline.operations import (
    end_of_run,
    metrics,
    release_state,
    run_events,
    run_history,
    run_summaries,
    schedule_records,
)

DAY = 86_400


@pytest.fixture(autouse=True)
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("NTSB_STORE", str(tmp_path))
    return tmp_path


def event(name: str, task: str, **values: Any) -> dict[str, Any]:
    return {"event": name, "task": task, "seconds": 1.5, "message": "x: expected a, found b; repeat", **values}


def summarize(*events: dict[str, Any], state: str = "", **release: Any) -> dict[str, Any]:
    return run_summaries.summarize(run_events.run_id(1_000_000, 7), events, 1_000_060, state, release)


def test_the_id_is_the_start_in_any_time_zone(monkeypatch: pytest.MonkeyPatch) -> None:
    for zone in ("UTC", "Asia/Kathmandu", "America/New_York"):
        monkeypatch.setenv("TZ", zone)
        time.tzset()
        run = run_events.run_id(1_720_000_000, 12)
        assert (run, run_events.started(run)) == ("20240703T094640Z-12", 1_720_000_000)
    monkeypatch.undo()
    time.tzset()
    assert run_events.started("mine") is None


def test_runs_that_start_at_once_with_the_same_process_id_have_different_ids() -> None:
    """As in containers."""
    runs = [run_events.create(1_720_000_000, 7) for _ in range(3)]
    assert runs == [f"20240703T094640Z-{number}" for number in (7, 8, 9)]
    assert {run_events.started(run) for run in runs} == {1_720_000_000}


def test_a_run_in_a_store_that_cannot_be_written_has_an_id(store: Path) -> None:
    (store / "targets").write_text("")
    assert run_events.create(1_720_000_000, 7) == "20240703T094640Z-7"


def test_a_failure_counts_unless_a_later_attempt_succeeds() -> None:
    failed, done = event("failed", "CastTables --source a"), event("succeeded", "CastTables --source a")
    summary = summarize(failed, failed, done)
    assert (summary["state"], summary["tasks"]) == ("succeeded", {"run": 1, "skipped": 0, "failed": 0, "retries": 2})
    summary = summarize(failed, failed)
    assert (summary["state"], summary["tasks"]["failed"], summary["tasks"]["retries"]) == ("failed", 1, 1)
    assert summary["failures"][0]["attempts"] == 2 and summary["failures"][0]["next_step"] == "repeat"


def test_rows_are_those_of_the_sources_that_the_stage_has_processed() -> None:
    files = {"avall": {"in": 100, "cast": 90}, "up08NOV": {"in": 10, "cast": 9}}
    events = [event("succeeded", "LoadRawTables --source up08NOV"), event("succeeded", "CastTables --source up08NOV")]
    summary = summarize(*events, event("succeeded", "WeeklySync --date 2026-01-01"), files=files, rows={"in": 110})
    rows = {stage["stage"]: stage["rows"] for stage in summary["stages"]}
    assert rows == {
        **{"check": None, "download": None, "extract": 10, "stage": 9, "check quality": 0, "publish": 0},
        **{"refresh": None, "notify": None},
    }
    assert sum(stage["tasks"] for stage in summary["stages"]) == 2, "a schedule only waits for the tasks of stages"


def test_errors_in_planning_and_signals_are_states() -> None:
    assert summarize({"event": "end", "planning_failures": ["FAILED a"]})["state"] == "failed"
    assert summarize(state="interrupted")["state"] == "interrupted"


def write_run(age_days: float, now: float) -> str:
    run = run_events.run_id(now - age_days * DAY, 1)
    folder = run_events.runs_folder() / run
    folder.mkdir(parents=True)
    for name in (*run_events.DETAILS, "run.json"):
        (folder / name).write_text("{}")
    return run


def test_details_and_summaries_are_pruned_as_configured(store: Path) -> None:
    now = time.time()
    runs = [write_run(age, now) for age in (400, 200, 31, 29, 0)]
    (run_events.runs_folder() / "notes of mine").mkdir()
    surplus = {path.relative_to(run_events.runs_folder()).as_posix() for path in run_events.surplus(now, 30, 365)}
    details = {f"{run}/{name}" for run in runs[1:3] for name in run_events.DETAILS}
    assert surplus == {runs[0]} | details


def test_records_of_schedules_are_pruned_but_the_last_of_each() -> None:
    now = datetime.datetime(2026, 11, 30, 12, tzinfo=datetime.UTC)
    for text in ("2024-01-02", "2025-11-29", "2025-12-02"):
        schedule_records.write("WeeklySync", datetime.date.fromisoformat(text), "published")
    schedule_records.write("MonthlySync", datetime.date(2024, 1, 2), "published")
    (schedule_records.folder() / "WeeklySync" / "2020 mine.json").write_text("{}")
    schedule_records.set_pause("new disk")
    surplus = [path.relative_to(schedule_records.folder()) for path in schedule_records.surplus(now.timestamp(), 365)]
    assert [path.as_posix() for path in surplus] == ["WeeklySync/2024-01-02.json", "WeeklySync/2025-11-29.json"]


def test_lines_of_a_killed_process_are_skipped() -> None:
    run_events.append("r", {"event": "begin"})
    with (run_events.runs_folder() / "r" / "events.jsonl").open("a") as file:
        file.write('{"event": "succ')
    assert [item["event"] for item in run_events.read("r")] == ["begin"]
    assert run_events.read("none") == []


def test_runs_are_listed_as_text_and_as_a_page() -> None:
    failure = event("failed", "CastTables --source <a>", error="E")
    summary = summarize(event("succeeded", "PublishRelease"), failure, release="abc", rows={"published": 5})
    run_summaries.write(summary)
    assert run_summaries.read_all() == [json.loads(json.dumps(summary))]
    head, line = run_history.table([summary])
    assert head.startswith("Run") and summary["run"] in line and "failed" in line
    page = run_history.page([summary])
    assert "CastTables --source &lt;a&gt;" in page and "<a>" not in page
    stages = [stage | {"rows": 12_345 if stage["stage"] == "extract" else None} for stage in summary["stages"]]
    assert "s<br>12,345 rows</td>" in run_history.page([summary | {"stages": stages}])
    assert list(run_history.table([])) == ["No run is recorded yet."]


def test_a_run_whose_summary_cannot_be_written_is_logged_in_the_database(monkeypatch: pytest.MonkeyPatch) -> None:
    recorded: list[dict[str, Any]] = []
    monkeypatch.setattr(end_of_run, "is_database_running", lambda: True)
    monkeypatch.setattr(end_of_run, "read_release", lambda _: {})
    monkeypatch.setattr(end_of_run, "transaction", lambda **_: contextlib.nullcontext())
    monkeypatch.setattr(release_state, "record_runs", lambda _, summaries: recorded.extend(summaries))
    # No file can be written in it, as on a full disk.
    run_events.runs_folder().parent.mkdir(parents=True)
    run_events.runs_folder().write_text("")
    end_of_run.conclude("20240703T094640Z-12", "failed")
    assert [(summary["run"], summary["state"]) for summary in recorded] == [("20240703T094640Z-12", "failed")]


def test_a_run_was_killed_if_no_process_holds_its_lock_and_it_has_no_summary() -> None:
    for run in ("a", "b"):
        run_events.append(run, {"event": "begin"})
    (run_events.runs_folder() / "notes of mine").mkdir()
    with file_lock.locked(run_events.lock_path("b")):
        assert end_of_run.killed_runs("another") == ["a"]
    assert end_of_run.killed_runs("b") == ["a"]
    assert end_of_run.killed_runs("another") == ["a", "b"]
    assert not run_events.lock_path("a").exists()


def test_a_killed_run_is_concluded_once_without_another_run() -> None:
    run_events.append("20240703T094640Z-12", {"event": "begin", "command": "luigi WeeklySync"})
    end_of_run.conclude_killed()
    ((run, state),) = [(summary["run"], summary["state"]) for summary in run_summaries.read_all()]
    assert (run, state) == ("20240703T094640Z-12", "killed")
    assert "ntsb_run_failed 1.0" in metrics.textfile().read_text()
    metrics.textfile().unlink()
    end_of_run.conclude_killed()
    assert not metrics.textfile().exists()
