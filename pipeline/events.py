"""What a run says while it works and when it ends: sentences instead of tracebacks, and seconds per stage.

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

from pipeline import jsonfile, notes, settings
from pipeline.errors import PipelineError
from pipeline.postgres import embedded_folder
from pipeline.relations import publishing
from pipeline.server import cluster
from pipeline.step import Step

LUIGIS = logging.getLogger("luigi-interface")
# Luigi logs what goes wrong while it plans as the text of a traceback; the error is its end.
IN_TRACEBACK = re.compile(r"^pipeline\.errors\.\w+: (?P<sentence>.*)\Z", re.MULTILINE | re.DOTALL)

# Of prctl(2).
SET_PARENT_DEATH_SIGNAL = 1

# When this process began to plan a run, and the failures that it met itself.
_began_ns = 0
_own_failures: list[str] = []


class Sentences(logging.Filter):
    """Shows an error that has a next move as its sentence; with log_level DEBUG its traceback too."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrites the record; lets every record pass."""
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, PipelineError):
            LUIGIS.debug("%s", "".join(traceback.format_exception(error)))
            subject = [f"{each} failed: " for each in record.args or () if isinstance(each, luigi.Task)]
            record.msg, record.args = f"{''.join(subject)}{error}", ()
            record.exc_info = record.exc_text = None
        elif error is not None and (words := refused(error)):
            LUIGIS.debug("%s", "".join(traceback.format_exception(error)))
            record.msg, record.args = words, ()
            record.exc_info = record.exc_text = None
        elif found := IN_TRACEBACK.search(record.getMessage()):
            LUIGIS.debug("%s", record.getMessage().replace("pipeline.errors.", ""))
            beginning = record.getMessage().splitlines()[0].partition(" due to ")[0]
            record.msg, record.args = f"{beginning}: {found['sentence'].strip()}", ()
            _own_failures.append(found["sentence"].strip())
        return True


LUIGIS.addFilter(Sentences())


def refused(error: BaseException) -> str:
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
def begin(*_: luigi.Task) -> None:
    """Planning from the command line begins a run; a program that builds steps is told nothing."""
    global _began_ns
    if CmdlineParser.get_instance() is not None:
        _began_ns = _began_ns or time.time_ns()
        # What is registered last is called first: the database that the last question started must still run.
        atexit.unregister(end)
        atexit.register(end, os.getpid())


@luigi.Task.event_handler(luigi.Event.START)
def started(_: luigi.Task) -> None:
    """A worker ends with its run: one that outlived a killed run would work beside the next."""
    if sys.platform == "linux" and multiprocessing.parent_process() is not None:
        ctypes.CDLL(None).prctl(SET_PARENT_DEATH_SIGNAL, signal.SIGKILL)


@Step.event_handler(luigi.Event.PROCESSING_TIME)
def succeeded(step: Step, seconds: float) -> None:
    """Keeps what went into the step, and its seconds."""
    notes.note_success(step, seconds)


@luigi.Task.event_handler(luigi.Event.FAILURE)
def failed(task: luigi.Task, error: BaseException) -> None:
    """Keeps the reason for the end of the run."""
    sentence = str(error) if isinstance(error, PipelineError) else f"{type(error).__name__}: {error} (see above)"
    notes.note_failure(task, sentence)


@luigi.Task.event_handler(luigi.Event.PROCESS_FAILURE)
@luigi.Task.event_handler(luigi.Event.TIMEOUT)
def ended(task: luigi.Task, sentence: str) -> None:
    """A worker's process died or was stopped: it could keep no reason itself."""
    notes.note_failure(task, f"{sentence} Run again: what is done is not done twice.")


def end(pid: int) -> None:
    """Prints what the run has done, and keeps its seconds in timings.json."""
    if os.getpid() != pid:
        return
    done, failures = notes.since(_began_ns)
    lines = [*stages(done, (time.time_ns() - _began_ns) / 1e9), *release()]
    lines += [f"FAILED {note['step']}: {note['sentence']}" for note in failures]
    lines += [f"FAILED {sentence}" for sentence in dict.fromkeys(_own_failures)]
    print("\n".join(lines), flush=True)


def stages(done: list[dict[str, Any]], seconds: float) -> list[str]:
    """A table of seconds per family of steps, in the order in which they ended; also written to timings.json."""
    if not done:
        return ["No step has run."]
    families: dict[str, list[float]] = {}
    for note in done:
        families.setdefault(note["step"].split()[0], []).append(note["seconds"])
    totals = {name: {"steps": len(each), "seconds": round(sum(each), 1)} for name, each in families.items()}
    steps = {note["step"]: note["seconds"] for note in done}
    content = {"seconds": round(seconds, 1), "stages": totals, "steps": steps}
    jsonfile.try_write(settings.targets_folder() / "timings.json", content)
    lines = [f"{name:<16}{each['steps']:>5}{each['seconds']:>10.1f}" for name, each in totals.items()]
    return ["stage           steps   seconds", *lines, f"{'whole run':<16}{len(done):>5}{seconds:>10.1f}"]


def release() -> list[str]:
    """The release that readers see now, where one can be asked for."""
    if not (settings.Postgres().external_url() or cluster.is_running(embedded_folder())):
        return []
    try:
        return [f"Release {publishing.current_release()} is published."]
    except PipelineError:
        return []
