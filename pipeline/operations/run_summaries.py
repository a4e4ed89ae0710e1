"""The summary of a run: tasks, eight stages, failures, release, changes, checks and model, as JSON and as text."""

import calendar
import csv
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pipeline import json_file
from pipeline.operations import run_events
from pipeline.operations.run_events import Event

Summary = dict[str, Any]

# {stage: classes of its tasks}; all other tasks refresh what is derived from the release. `notify` has no task.
STAGES = {
    "check": ("CheckSource",),
    "download": ("DownloadSource", "CreateSnapshot"),
    "extract": ("UnpackAccessFile", "LoadRawTables"),
    "stage": ("PrepareDatabase", "CastTables", "MergeTable", "LoadMappingTable", "CreateView"),
    "check quality": ("ReconcileRows", "RunChecks"),
    "publish": ("PublishRelease",),
    "refresh": (),
    "notify": (),
}
SCHEDULES = ("MonthlySync", "WeeklySync", "DailyAnalytics", "WeeklyRetraining")
# Schedules wait for the tasks of all stages.
WITHOUT_STAGE = ("AllReports", *SCHEDULES)
# {class of a task that processes the rows of one source, or of all: (stage, count)}
SOURCE_ROWS = {"LoadRawTables": ("extract", "in"), "CastTables": ("stage", "cast")}
ALL_ROWS = {"ReconcileRows": ("check quality", "in"), "PublishRelease": ("publish", "published")}
ISO_FORMAT = "%Y-%m-%dT%H:%M:%SZ"
FAILED, SUCCEEDED, INTERRUPTED, KILLED = "failed", "succeeded", "interrupted", "killed"


def family(task: str) -> str:
    """Return the class of a task that is written as on the command line."""
    return task.partition(" ")[0]


def stage_of(task: str) -> str | None:
    """Return the stage of a task, None for tasks that only wait for others."""
    if family(task) in WITHOUT_STAGE:
        return None
    return next((stage for stage, families in STAGES.items() if family(task) in families), "refresh")


def failures(events: Sequence[Event]) -> list[Event]:
    """Return the last failure of each task that did not succeed afterwards, with the number of its attempts."""
    last = {event["task"]: event for event in events if event["event"] in (SUCCEEDED, FAILED)}
    counts = [event["task"] for event in events if event["event"] == FAILED]
    return [event | {"attempts": counts.count(task)} for task, event in last.items() if event["event"] == FAILED]


def stages(events: Sequence[Event], release: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return name, tasks, failed tasks, seconds and rows of each stage; rows are None where nothing counts them."""
    done = [event for event in events if event["event"] == SUCCEEDED]
    failed = [stage_of(event["task"]) for event in failures(events)]
    result = []
    for name in STAGES:
        own = [event for event in done if stage_of(event["task"]) == name]
        rows = _rows(name, [event["task"] for event in own], release)
        seconds = round(sum(event["seconds"] for event in own), 1)
        counts = {"tasks": len(own), "failed": failed.count(name)}
        result.append({"stage": name, **counts, "seconds": seconds, "rows": rows})
    return result


def _rows(stage: str, tasks: Sequence[str], release: Mapping[str, Any]) -> int | None:
    """Return the rows that tasks of a stage processed, as far as they are in the release; None if none are counted."""
    if stage not in {counted for counted, _ in (*SOURCE_ROWS.values(), *ALL_ROWS.values())}:
        return None
    counts = 0
    for task in tasks:
        if family(task) in SOURCE_ROWS:
            file = release.get("files", {}).get(task.partition("--source ")[2], {})
            counts += file.get(SOURCE_ROWS[family(task)][1], 0)
        elif family(task) in ALL_ROWS:
            counts += (release.get("rows") or {}).get(ALL_ROWS[family(task)][1], 0)
    return counts


def next_step(message: str) -> str:
    """Return what an error message says to do, else where to look."""
    step = message.rpartition("; ")[2] if "; " in message else ""
    return step or "read the log lines; `python -m pipeline doctor` checks what a run needs"


def describe_failure(event: Event, run: str) -> dict[str, Any]:
    """Return task, parameters, run, snapshot, error class, message, log tail, attempts and next step of a failure."""
    names = ("task", "parameters", "snapshot", "error", "message", "log", "attempts")
    return {name: event.get(name) for name in names} | {"run": run, "next_step": next_step(event["message"])}


def summarize(run: str, events: Sequence[Event], ended_s: float, state: str, release: Mapping[str, Any]) -> Summary:
    """Return the summary of a run from its events and what is published at its end; `state` is empty if not known.

    `release`: the result of `release_state.read`, empty without a database.
    """
    # The first and the last event; a killed run has no last one.
    about: Event = {
        name: value for event in events if event["event"] in ("begin", "end") for name, value in event.items()
    }
    failed = failures(events)
    done = [event["task"] for event in events if event["event"] == SUCCEEDED]
    attempts = sum(event["event"] == FAILED for event in events)
    tasks = {"run": len(done), "skipped": about.get("skipped", 0), "failed": len(failed)}
    started_s = run_events.started(run) or ended_s
    listed = [describe_failure(event, run) for event in failed]
    planning = [{"task": "planning", "message": text, "attempts": 1} for text in about.get("planning_failures", [])]
    listed += [describe_failure(event, run) for event in planning]
    return {
        "run": run,
        "command": about.get("command", ""),
        "state": state or (FAILED if listed else SUCCEEDED),
        "started": iso(started_s),
        "ended": iso(ended_s),
        "seconds": round(max(ended_s - started_s, 0.0), 1),
        "tasks": tasks | {"retries": attempts - len(failed)},
        "stages": stages(events, release),
        "failures": listed,
        "published": any(family(task) == "PublishRelease" for task in done),
        **{name: release.get(name) for name in ("release", "snapshot", "changes", "checks", "rows", "model")},
    }


def iso(seconds: float) -> str:
    """Return a time as ISO 8601 in UTC."""
    return time.strftime(ISO_FORMAT, time.gmtime(seconds))


def seconds_of(iso_time: str) -> float:
    """Return the seconds since 1970 of a time that `iso` wrote."""
    return float(calendar.timegm(time.strptime(iso_time, ISO_FORMAT)))


def root_task(summary: Summary) -> str:
    """Return the class of the task that a run was started for, or `run`."""
    words = re.findall(r"(?<![\w=-])[A-Z]\w+", summary["command"])
    return words[0] if words else "run"


def last_decision(log: Path, release: str | None) -> dict[str, str] | None:
    """Return the last decision on a model that was trained on the release, from the log of promotions."""
    if not release or not log.exists():
        return None
    with log.open(newline="", encoding="utf-8") as file:
        lines = [line for line in csv.DictReader(file) if line.get("release") == release]
    names = ("model", "version", "champion_before", "promoted", "reason")
    return {name: lines[-1].get(name) or "" for name in names} if lines else None


def format_text(summary: Summary) -> Iterator[str]:
    """Yield the summary as lines of text."""
    tasks = summary["tasks"]
    yield f"Run {summary['run']} {summary['state']} after {summary['seconds']} s: {summary['command']}"
    counts = ", ".join(f"{count} {name}" for name, count in tasks.items())
    yield f"Tasks: {counts}"
    yield f"{'stage':<15}{'tasks':>6}{'failed':>8}{'seconds':>10}{'rows':>12}"
    for stage in summary["stages"]:
        rows = "" if stage["rows"] is None else stage["rows"]
        yield f"{stage['stage']:<15}{stage['tasks']:>6}{stage['failed']:>8}{stage['seconds']:>10}{rows:>12}"
    if summary["release"]:
        verb = "was published" if summary["published"] else "is current"
        yield f"Release {summary['release']} (snapshot {summary['snapshot']}) {verb}"
    for heading in ("changes", "checks", "rows", "model"):
        if summary[heading]:
            yield f"{heading.capitalize()}: " + ", ".join(f"{name} {value}" for name, value in summary[heading].items())
    for failure in summary["failures"]:
        yield f"FAILED {failure['task']} ({failure['error'] or 'error'}): {failure['message']}"
        yield f"  next step: {failure['next_step']}"


def write(summary: Summary) -> None:
    """Write run.json and run.txt to the folder of the run; failures to write are logged."""
    folder = run_events.runs_folder() / summary["run"]
    json_file.try_write(folder / "run.json", summary)
    try:
        (folder / "run.txt").write_text("\n".join(format_text(summary)) + "\n", encoding="utf-8")
    except OSError as error:
        json_file.LOG.warning("%s cannot be written (%s)", folder / "run.txt", error.strerror or error)


def read_all() -> list[Summary]:
    """Return the summaries of all runs that are kept, oldest first."""
    paths = sorted(run_events.runs_folder().glob("*/run.json"))
    return [summary for path in paths if (summary := json_file.read(path))]
