"""Records of the last run of each task, and the summary at the end of a run.

`steps/<name>.json` = {step, fingerprint, fingerprint_inputs, seconds, ended_ns},
`steps/<name>.failed.json` = {step, message, ended_ns}. `plan` and `why` read them to report what has changed since;
`complete()` never does.

Luigi calls the registered event handlers in the worker's process while a task runs, and in the main process while it
plans.
"""

import atexit
import contextlib
import ctypes
import logging
import multiprocessing
import os
import re
import shlex
import signal
import socket
import sys
import time
from pathlib import Path
from typing import Any

import luigi
import psycopg2
from luigi.cmdline_parser import CmdlineParser

from pipeline import config, config_check, file_lock, json_file, redaction, run_errors
from pipeline.errors import PipelineError
from pipeline.ingest import source_state
from pipeline.ingest.editions import format_ignored
from pipeline.operations import end_of_run, run_events, run_summaries
from pipeline.postgres import server
from pipeline.postgres.connection import embedded_server_folder, transaction
from pipeline.tasks.base import Step
from pipeline.warehouse import editions
from pipeline.warehouse.quality import run_summary
from pipeline.warehouse.release import publish

# Parameters that select the content a task works on: a task is compared with its last run on any content.
CONTENT_PARAMETERS = ("snapshot", "sha256")
# Keys of records that version 0.1 wrote.
EARLIER_KEYS = {"stamp": "fingerprint", "ingredients": "fingerprint_inputs"}


def command_line(task: luigi.Task) -> str:
    """Return the task as on the command line, without CONTENT_PARAMETERS: `MergeTable --table aircraft`."""
    parameters = task.to_str_params(only_significant=True)
    options = [
        f"--{name.replace('_', '-')} {shlex.quote(text)}"
        for name, text in parameters.items()
        if name not in CONTENT_PARAMETERS
    ]
    return " ".join([task.task_family, *options])


def named_inputs(step: Step) -> dict[str, str]:
    """Return the task's fingerprint_inputs, with its inputs named as on the command line."""
    own = {name: text for name, text in step.fingerprint_inputs.items() if not name.startswith("input ")}
    return own | {f"input {command_line(task)}": task.fingerprint for task in step.inputs()}


def last_success(step: Step) -> dict[str, Any] | None:
    """Return the record of the task's last success in this store, or None."""
    record = json_file.read(_record_path(step))
    return record and {EARLIER_KEYS.get(key, key): value for key, value in record.items()}


@Step.event_handler(luigi.Event.PROCESSING_TIME)
def record_success(step: Step, seconds: float) -> None:
    """Write the fingerprint inputs of a task that has succeeded, and how long it took."""
    record = {"step": command_line(step), "fingerprint": step.fingerprint, "fingerprint_inputs": named_inputs(step)}
    json_file.try_write(_record_path(step), record | {"seconds": round(seconds, 3), "ended_ns": time.time_ns()})
    with contextlib.suppress(OSError):
        _record_path(step, ".failed").unlink(missing_ok=True)


def record_failure(task: luigi.Task, message: str) -> None:
    """Write the error message of a task that has failed."""
    record = {"step": command_line(task), "message": redaction.redact(message), "ended_ns": time.time_ns()}
    json_file.try_write(_record_path(task, ".failed"), record)


def records_since(start_ns: int) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return records of successes and of failures since a time, each in the order in which the tasks ended."""
    records = [
        record
        for path in _log_folder().glob("*.json")
        if (record := json_file.read(path)) and record["ended_ns"] >= start_ns
    ]
    records.sort(key=lambda record: record["ended_ns"])
    return [record for record in records if "seconds" in record], [record for record in records if "message" in record]


def _log_folder() -> Path:
    return config.targets_folder() / "steps"


def _record_path(task: luigi.Task, suffix: str = "") -> Path:
    name = re.sub(r"[^\w.-]+", "-", command_line(task).replace(" --", "_"))
    return _log_folder() / f"{name}{suffix}.json"


# See prctl(2).
SET_PARENT_DEATH_SIGNAL = 1

# When this process started to plan a run, and the id of the run; empty in programs that call luigi.build.
_started_ns = 0
_run_id = ""
_lock = contextlib.ExitStack()
# Ids of tasks that were complete when the run was planned.
_skipped: set[str] = set()
# Whether a signal ended the run; set by the worker.
is_interrupted = False
# Whether the last attempt of a task failed; set by the worker.
has_failed = False


def start_run() -> None:
    """Register the summary of a run from the command line, not of programs that call luigi.build. Repeatable."""
    global _started_ns, _run_id
    if CmdlineParser.get_instance() is not None:
        if not _started_ns:
            _started_ns = time.time_ns()
            # With invalid settings, the store may be the wrong one.
            _run_id = "" if config_check.find_mistakes() else run_events.create(_started_ns / 1e9, os.getpid())
            logging.getLogger("luigi-interface").addHandler(run_events.log_tail)
            words = redaction.redact(shlex.join(["luigi", *sys.argv[1:]]))
            _hold_lock()
            _append({"event": "begin", "command": words, "host": socket.gethostname(), "pid": os.getpid()})
        # Functions registered last are called first: the database that the last query started must still run.
        atexit.unregister(finish_run)
        atexit.register(finish_run, os.getpid())


def _hold_lock() -> None:
    """Lock the run until its last process ends, so that the next run knows whether it was killed."""
    # A store that cannot be written is reported by the first task.
    with contextlib.suppress(PipelineError, OSError):
        if _run_id:
            _lock.enter_context(file_lock.locked(run_events.lock_path(_run_id)))


@luigi.Task.event_handler(luigi.Event.START)
def bind_worker_to_parent(_: luigi.Task) -> None:
    """End a worker with its run, so that it does not outlive a killed run and work beside the next."""
    if sys.platform == "linux" and multiprocessing.parent_process() is not None:
        ctypes.CDLL(None).prctl(SET_PARENT_DEATH_SIGNAL, signal.SIGKILL)


def _append(event: dict[str, Any]) -> None:
    if _run_id:
        run_events.append(_run_id, event)


def _append_failure(task: luigi.Task, error: str, message: str) -> None:
    details = {"error": error, "message": redaction.redact(message), "log": list(run_events.log_tail.lines)}
    parameters = {name: redaction.redact(text) for name, text in task.to_str_params().items()}
    about = {"task": command_line(task), "parameters": parameters, "snapshot": parameters.get("snapshot")}
    _append({"event": "failed", **about, **details})


@luigi.Task.event_handler(luigi.Event.DEPENDENCY_PRESENT)
def task_skipped(task: luigi.Task) -> None:
    """Count a task that was complete already."""
    _skipped.add(task.task_id)


@luigi.Task.event_handler(luigi.Event.PROCESSING_TIME)
def task_succeeded(task: luigi.Task, seconds: float) -> None:
    """Append the success of a task to the events of the run."""
    _append({"event": "succeeded", "task": command_line(task), "seconds": round(seconds, 3)})


@luigi.Task.event_handler(luigi.Event.FAILURE)
def task_failed(task: luigi.Task, error: BaseException) -> None:
    """Record the error message for the end of the run."""
    message = run_errors.describe(error) or f"{type(error).__name__}: {error} (see above)"
    record_failure(task, message)
    _append_failure(task, type(error).__name__, message)


@luigi.Task.event_handler(luigi.Event.PROCESS_FAILURE)
@luigi.Task.event_handler(luigi.Event.TIMEOUT)
def process_failed(task: luigi.Task, message: str) -> None:
    """Record the failure of a worker that was killed and could not record it itself."""
    cause = " (-9: killed, often for lack of memory; `--workers 1` needs less)" if "code -9" in message else ""
    message = f"{message}{cause} Run again: completed tasks are not repeated."
    record_failure(task, message)
    _append_failure(task, "ProcessEnded", message)


def finish_run(pid: int) -> None:
    """Print the stages, what was lost or ignored, the release and the failures of the run; write timings.json."""
    if os.getpid() != pid:
        return
    done, failures = records_since(_started_ns)
    failed = [f"FAILED {record['step']}: {record['message']}" for record in failures]
    failed += [f"FAILED {message}" for message in dict.fromkeys(run_errors.planning_failures)]
    lines = stage_table(done, (time.time_ns() - _started_ns) / 1e9) if done or not failed else []
    if not config_check.find_mistakes():
        # What prevents these lines is among the failures.
        with contextlib.suppress(PipelineError, OSError):
            lines += format_ignored(source_state.ignored_files())
        lines += release_lines(has_failed or bool(failures))
    print("\n".join([*lines, *failed]), flush=True)
    _append({"event": "end", "skipped": len(_skipped), "planning_failures": failed[len(failures) :]})
    if _run_id:
        state = run_summaries.FAILED if has_failed or run_errors.planning_failures else ""
        end_of_run.conclude(_run_id, run_summaries.INTERRUPTED if is_interrupted else state)
        with contextlib.suppress(OSError):
            run_events.lock_path(_run_id).unlink()


def stage_table(done: list[dict[str, Any]], seconds: float) -> list[str]:
    """Write timings.json, and return the lines of a table with tasks and seconds per task class."""
    if not done:
        return ["All tasks were complete: nothing was run."]
    families: dict[str, list[float]] = {}
    for record in done:
        families.setdefault(record["step"].split()[0], []).append(record["seconds"])
    totals = {name: {"steps": len(times), "seconds": round(sum(times), 1)} for name, times in families.items()}
    steps = {record["step"]: record["seconds"] for record in done}
    content = {"seconds": round(seconds, 1), "stages": totals, "steps": steps}
    json_file.try_write(config.targets_folder() / "timings.json", content)
    lines = [f"{name:<20}{total['steps']:>5}{total['seconds']:>10.1f}" for name, total in totals.items()]
    return [f"{'stage':<20}tasks   seconds", *lines, f"{'whole run':<20}{len(done):>5}{seconds:>10.1f}"]


def release_lines(includes_candidates: bool) -> list[str]:
    """Return lines on the current release and its files, or on its candidates too; none without a server."""
    if not (config.Postgres().external_url() or server.is_running(embedded_server_folder())):
        return []
    lines = []
    schemas = ("candidate", "audit", "code_mappings") if includes_candidates else ("audit", "code_mappings")
    # A database that is not prepared yet has none of the tables.
    with contextlib.suppress(PipelineError, psycopg2.Error):
        with transaction(*schemas, read_only=True) as cursor:
            lines = run_summary.summary_lines(cursor, editions.files_without_newer_events(cursor))
        lines.append(f"Release {publish.current_release()} is published.")
    return lines
