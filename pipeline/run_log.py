"""Notes on the last run of each step: what went into it, how long it took, or why it failed.

`steps/<name>.json` = {step, fingerprint, fingerprint_inputs, seconds, ended_ns},
`steps/<name>.failed.json` = {step, sentence, ended_ns}.
They decide nothing: `complete()` never reads them. They only let `plan` and `why` say what is different from last time.

What a run says while it works and when it ends: sentences instead of tracebacks, and seconds per stage.

Luigi calls what is registered here: in the worker's process while a step runs, in the run's own while it plans.
"""

import atexit
import ctypes
import logging
import multiprocessing
import os
import re
import signal
import sys
import time
import traceback
from pathlib import Path
from typing import Any

import luigi
from luigi.cmdline_parser import CmdlineParser

from pipeline import config, json_file
from pipeline.errors import PipelineError
from pipeline.postgres import server
from pipeline.postgres.connection import embedded_server_folder
from pipeline.tasks.base import Step
from pipeline.warehouse.release import publish

# They say which bytes are worked on, not which step it is: a new avall is compared with the avall before.
CONTENT_PARAMETERS = ("snapshot", "sha256")


def command_line(task: luigi.Task) -> str:
    """The task as it is typed: `MergeTable --table aircraft`."""
    parameters = task.to_str_params(only_significant=True)
    words = [
        f"--{name.replace('_', '-')} {text}" for name, text in parameters.items() if name not in CONTENT_PARAMETERS
    ]
    return " ".join([task.task_family, *words])


def named_inputs(step: Step) -> dict[str, str]:
    """The step's fingerprint_inputs, its inputs spelled as they are typed."""
    own = {name: text for name, text in step.fingerprint_inputs.items() if not name.startswith("input ")}
    return own | {f"input {command_line(each)}": each.fingerprint for each in step.inputs()}


def last_success(step: Step) -> dict[str, Any] | None:
    """The note on the last time the step succeeded in this store, None where it never did."""
    return json_file.read(_record_path(step))


def record_success(step: Step, seconds: float) -> None:
    """Notes what went into a step that has succeeded, and how long it took."""
    facts = {"step": command_line(step), "fingerprint": step.fingerprint, "fingerprint_inputs": named_inputs(step)}
    json_file.try_write(_record_path(step), facts | {"seconds": round(seconds, 3), "ended_ns": time.time_ns()})
    _record_path(step, ".failed").unlink(missing_ok=True)


def record_failure(step: luigi.Task, sentence: str) -> None:
    """Notes why a step has failed."""
    facts = {"step": command_line(step), "sentence": sentence, "ended_ns": time.time_ns()}
    json_file.try_write(_record_path(step, ".failed"), facts)


def records_since(moment_ns: int) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Notes on steps that have succeeded, and on those that have failed, since a moment; in order of their ends."""
    found = [
        note
        for path in _log_folder().glob("*.json")
        if (note := json_file.read(path)) and note["ended_ns"] >= moment_ns
    ]
    found.sort(key=lambda note: note["ended_ns"])
    return [note for note in found if "seconds" in note], [note for note in found if "sentence" in note]


def _log_folder() -> Path:
    return config.targets_folder() / "steps"


def _record_path(task: luigi.Task, suffix: str = "") -> Path:
    words = re.sub(r"[^\w.-]+", "-", command_line(task).replace(" --", "_"))
    return _log_folder() / f"{words}{suffix}.json"


LUIGI_LOGGER = logging.getLogger("luigi-interface")
# Luigi logs what goes wrong while it plans as the text of a traceback; the error is its end.
TRACEBACK_END = re.compile(r"^pipeline\.errors\.\w+: (?P<sentence>.*)\Z", re.MULTILINE | re.DOTALL)

# Of prctl(2).
SET_PARENT_DEATH_SIGNAL = 1

# When this process began to plan a run, and the failures that it met itself.
_started_ns = 0
_planning_failures: list[str] = []


class ErrorMessageFilter(logging.Filter):
    """Shows an error that has a next move as its sentence; with log_level DEBUG its traceback too."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrites the record; lets every record pass."""
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, PipelineError):
            LUIGI_LOGGER.debug("%s", "".join(traceback.format_exception(error)))
            subject = [f"{each} failed: " for each in record.args or () if isinstance(each, luigi.Task)]
            record.msg, record.args = f"{''.join(subject)}{error}", ()
            record.exc_info = record.exc_text = None
        elif error is not None and (words := parameter_error(error)):
            LUIGI_LOGGER.debug("%s", "".join(traceback.format_exception(error)))
            record.msg, record.args = words, ()
            record.exc_info = record.exc_text = None
        elif found := TRACEBACK_END.search(record.getMessage()):
            LUIGI_LOGGER.debug("%s", record.getMessage().replace("pipeline.errors.", ""))
            beginning = record.getMessage().splitlines()[0].partition(" due to ")[0]
            record.msg, record.args = f"{beginning}: {found['sentence'].strip()}", ()
            _planning_failures.append(found["sentence"].strip())
        return True


LUIGI_LOGGER.addFilter(ErrorMessageFilter())


def parameter_error(error: BaseException) -> str:
    """What is wrong with a parameter that Luigi itself refused; empty for all other errors."""
    frames = traceback.extract_tb(error.__traceback__)
    by_luigi = frames and Path(frames[-1].filename).parent == Path(luigi.__file__).parent
    if not by_luigi or not isinstance(error, ValueError | luigi.parameter.ParameterException):
        return ""
    reasons = ": ".join(str(each) for each in (error, error.__cause__) if each)
    return f"{reasons}. `luigi --module pipeline TASK --help` says what a step takes."


@luigi.Task.event_handler(luigi.Event.DEPENDENCY_PRESENT)
@luigi.Task.event_handler(luigi.Event.DEPENDENCY_DISCOVERED)
@luigi.Task.event_handler(luigi.Event.DEPENDENCY_MISSING)
def start_run(*_: luigi.Task) -> None:
    """Planning from the command line begins a run; a program that builds steps is told nothing."""
    global _started_ns
    if CmdlineParser.get_instance() is not None:
        _started_ns = _started_ns or time.time_ns()
        # What is registered last is called first: the database that the last question started must still run.
        atexit.unregister(finish_run)
        atexit.register(finish_run, os.getpid())


@luigi.Task.event_handler(luigi.Event.START)
def bind_worker_to_parent(_: luigi.Task) -> None:
    """A worker ends with its run: one that outlived a killed run would work beside the next."""
    if sys.platform == "linux" and multiprocessing.parent_process() is not None:
        ctypes.CDLL(None).prctl(SET_PARENT_DEATH_SIGNAL, signal.SIGKILL)


@Step.event_handler(luigi.Event.PROCESSING_TIME)
def task_succeeded(step: Step, seconds: float) -> None:
    """Keeps what went into the step, and its seconds."""
    record_success(step, seconds)


@luigi.Task.event_handler(luigi.Event.FAILURE)
def task_failed(task: luigi.Task, error: BaseException) -> None:
    """Keeps the reason for the end of the run."""
    sentence = str(error) if isinstance(error, PipelineError) else f"{type(error).__name__}: {error} (see above)"
    record_failure(task, sentence)


@luigi.Task.event_handler(luigi.Event.PROCESS_FAILURE)
@luigi.Task.event_handler(luigi.Event.TIMEOUT)
def process_failed(task: luigi.Task, sentence: str) -> None:
    """A worker's process died or was stopped: it could keep no reason itself."""
    record_failure(task, f"{sentence} Run again: what is done is not done twice.")


def finish_run(pid: int) -> None:
    """Prints what the run has done, and keeps its seconds in timings.json."""
    if os.getpid() != pid:
        return
    done, failures = records_since(_started_ns)
    lines = [*stage_table(done, (time.time_ns() - _started_ns) / 1e9), *release_line()]
    lines += [f"FAILED {note['step']}: {note['sentence']}" for note in failures]
    lines += [f"FAILED {sentence}" for sentence in dict.fromkeys(_planning_failures)]
    print("\n".join(lines), flush=True)


def stage_table(done: list[dict[str, Any]], seconds: float) -> list[str]:
    """A table of seconds per family of steps, in the order in which they ended; also written to timings.json."""
    if not done:
        return ["No step has run."]
    families: dict[str, list[float]] = {}
    for note in done:
        families.setdefault(note["step"].split()[0], []).append(note["seconds"])
    totals = {name: {"steps": len(each), "seconds": round(sum(each), 1)} for name, each in families.items()}
    steps = {note["step"]: note["seconds"] for note in done}
    content = {"seconds": round(seconds, 1), "stages": totals, "steps": steps}
    json_file.try_write(config.targets_folder() / "timings.json", content)
    lines = [f"{name:<16}{each['steps']:>5}{each['seconds']:>10.1f}" for name, each in totals.items()]
    return ["stage           steps   seconds", *lines, f"{'whole run':<16}{len(done):>5}{seconds:>10.1f}"]


def release_line() -> list[str]:
    """The release that readers see now, where one can be asked for."""
    if not (config.Postgres().external_url() or server.is_running(embedded_server_folder())):
        return []
    try:
        return [f"Release {publish.current_release()} is published."]
    except PipelineError:
        return []
