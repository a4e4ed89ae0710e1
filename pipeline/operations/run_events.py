"""Events of runs: one folder `runs/<run>/` per run, with `events.jsonl`, to which all processes of the run append.

A run's id is its start in UTC and its process: `20261130T091054Z-4711`, so that names sort by time. Runs in containers
that start in the same second often have the same process id: the second one gets the next free number.
"""

import calendar
import contextlib
import json
import logging
import os
import time
from collections import deque
from itertools import count
from pathlib import Path
from typing import Any

from pipeline import config

Event = dict[str, Any]

DETAILS = ("events.jsonl", "run.txt")
ID_FORMAT = "%Y%m%dT%H%M%SZ"
DAY_S = 86_400
TAIL_LINES, TAIL_CHARACTERS = 20, 300


class LogTail(logging.Handler):
    """Keeps the last lines of the log of a process, for the record of a failure."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: deque[str] = deque(maxlen=TAIL_LINES)

    def emit(self, record: logging.LogRecord) -> None:
        with contextlib.suppress(TypeError, ValueError):
            self.lines.append(f"{record.levelname}: {record.getMessage()}"[:TAIL_CHARACTERS])


log_tail = LogTail()


def runs_folder() -> Path:
    """Return the folder with one folder per run."""
    return config.targets_folder() / "runs"


def run_id(started_s: float, pid: int) -> str:
    """Return the id of a run that a process started at this time, in seconds since 1970."""
    return f"{time.strftime(ID_FORMAT, time.gmtime(started_s))}-{pid}"


def create(started_s: float, pid: int) -> str:
    """Create the folder of a run and return its id, which no other run has."""
    for number in count(pid):
        folder = runs_folder() / run_id(started_s, number)
        try:
            folder.mkdir(parents=True)
        except FileExistsError:
            continue
        except OSError:
            # A store that cannot be written is reported by the first task.
            break
        break
    return folder.name


def lock_path(run: str) -> Path:
    """Return the file whose lock the processes of a run hold, on whatever host or in whatever container they are."""
    return config.targets_folder() / "locks" / f"run-{run}"


def started(run: str) -> float | None:
    """Return the start of a run in seconds since 1970, from its id; None for another name."""
    try:
        return float(calendar.timegm(time.strptime(run.partition("-")[0], ID_FORMAT)))
    except (ValueError, OverflowError):
        return None


def surplus(now_s: float, detail_days: int, summary_days: int) -> list[Path]:
    """Return folders of runs that started more than `summary_days` ago; of runs older than `detail_days`, the details.

    The details are the events and the text; `run.json` stays as the summary.
    """
    paths = []
    for folder in sorted(runs_folder().glob("*")):
        began = started(folder.name)
        age_days = (now_s - began) / DAY_S if began is not None else 0.0
        if age_days > summary_days:
            paths.append(folder)
        elif age_days > detail_days:
            paths += [path for name in DETAILS if (path := folder / name).exists()]
    return paths


def append(run: str, event: Event) -> None:
    """Append an event with its time in ns. One write per line: lines of several processes do not mix."""
    line = json.dumps(event | {"ns": time.time_ns()}) + "\n"
    with contextlib.suppress(OSError):
        folder = runs_folder() / run
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(folder / "events.jsonl", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        try:
            os.write(descriptor, line.encode())
        finally:
            os.close(descriptor)


def read(run: str) -> list[Event]:
    """Return the events of a run in order; a line that a killed process left incomplete is skipped."""
    events = []
    with contextlib.suppress(OSError):
        for line in (runs_folder() / run / "events.jsonl").read_text(encoding="utf-8").splitlines():
            with contextlib.suppress(ValueError):
                events.append(json.loads(line))
    return events
