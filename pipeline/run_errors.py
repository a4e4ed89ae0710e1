"""Messages for errors of runs and commands, in place of tracebacks, which only bugs have.

Importing this module makes Luigi's log and Python itself, for an exception that ends the process, print these messages,
and removes credentials from every log record and traceback.
"""

import difflib
import logging
import re
import sys
import traceback
from pathlib import Path
from types import TracebackType

import luigi
from luigi.task_register import TaskClassNotFoundException

from pipeline import redaction
from pipeline.errors import PipelineError

# (what errors of the machine say, because libraries raise them as classes of their own; what was expected; next step).
MACHINE_ERRORS = (
    (
        "No space left on device|Disk quota exceeded|disk is full",
        "free disk space",
        "free some (the full data need about 12 GB) and run again",
    ),
    (
        "MemoryError|Cannot allocate memory|OutOfMemory|bad_alloc|failed to map segment|can't start new thread",
        "enough memory",
        "end other programs, or limit the run to one task at a time with `--workers 1`, and run again",
    ),
    ("Too many open files", "a file that can be opened", "raise the limit, as with `ulimit -n 4096`, and run again"),
    (
        "Read-only file system|Permission denied|Operation not permitted|readonly database",
        "access to a file",
        "run as the owner of the store, or choose another folder with NTSB_STORE",
    ),
    ("Input/output error", "a disk without errors", "check it, or choose a folder on another one with NTSB_STORE"),
    (
        "No module named '(pipeline|models|reports|targets)\\b",
        "a module of the pipeline",
        "name `--module pipeline`, which has all tasks, or restore the files of the repository",
    ),
    ("No module named", "the packages in requirements.txt", "run `make env`"),
)
MISSING_PARAMETER = re.compile(r"(\w+)\[args=.*\]: requires the '(\w+)' parameter to be set")
# Choices in the order of a set, which differs between processes.
CHOICES = re.compile(r"\{(.*)\}")
# The last line of a traceback, with all lines of the message.
ERROR = re.compile(r"^(?P<kind>[A-Za-z_][\w.]*)(?:: (?P<message>.*))?\Z", re.MULTILINE | re.DOTALL)

LUIGI_LOGGER = logging.getLogger("luigi-interface")
# Messages of the errors in planning, which Luigi logs as the text of a traceback.
planning_failures: list[str] = []


def describe(error: BaseException) -> str:
    """Return the message for an error that a user can fix; empty for all others, which are bugs."""
    if isinstance(error, PipelineError):
        return str(error)
    if isinstance(error, TaskClassNotFoundException):
        return describe_unknown_task(re.sub(r"No task (.*?)\. \w.*", r"\1", str(error), flags=re.DOTALL))
    if isinstance(error, SyntaxError):
        return f"{error.filename}: expected Python code, found: {error}; correct it"
    return describe_parameter_error(error) or describe_machine_error(f"{type(error).__name__}: {error}")


def describe_unknown_task(name: str) -> str:
    """Return the message for a name that is not that of a task."""
    similar = difflib.get_close_matches(name, sorted(sys.modules["pipeline"].__all__), n=1)
    hint = f"did you mean {similar[0]}?" if similar else "docs/reference/tasks.md lists them"
    return f"{name}: expected the name of a task; {hint}"


def describe_parameter_error(error: BaseException) -> str:
    """Return the message for a parameter that Luigi itself rejected; empty for all other errors."""
    frames = traceback.extract_tb(error.__traceback__)
    by_luigi = frames and Path(frames[-1].filename).parent == Path(luigi.__file__).parent
    if not by_luigi or not isinstance(error, ValueError | luigi.parameter.ParameterException):
        return ""
    reasons = ": ".join(str(cause) for cause in (error, error.__cause__) if cause)
    reasons = CHOICES.sub(lambda choices: ", ".join(sorted(choices[1].split(", "))), reasons)
    reasons = MISSING_PARAMETER.sub(r"\1: expected a value of --\2, found none", reasons)
    # The function of Luigi that reads the command line does not name the parameter in its errors.
    names = [frame.f_locals.get("param_name") for frame, _ in traceback.walk_tb(error.__traceback__)]
    if isinstance(error, ValueError) and (name := next(filter(None, names), "")):
        reasons = f"--{name.replace('_', '-')}: {reasons}"
    return f"{reasons}; `luigi --module pipeline TASK --help` lists the parameters of a task"


def describe_machine_error(text: str) -> str:
    """Return the message for an error of the machine, from its class and text; empty for all other errors."""
    for pattern, expected, next_step in MACHINE_ERRORS:
        if re.search(pattern, text):
            return f"this machine: expected {expected}, found: {' '.join(text.split())}; {next_step}"
    return ""


def describe_traceback(text: str) -> str:
    """Return the message for the error at the end of a traceback, as for the error itself."""
    error = ERROR.search(text.rpartition("Traceback (most recent call last):\n")[2].strip())
    if error is None:
        return ""
    is_ours = error["kind"].startswith("pipeline.errors.")
    return error["message"] or "" if is_ours else describe_machine_error(error.group())


class ErrorMessageFilter(logging.Filter):
    """Logs an error that a user can fix as its message, its traceback only at level DEBUG.

    The factory of records has redacted the message and the traceback; the filter redacts the message of the error.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrite the record; always True."""
        error, text = record.exc_info[1] if record.exc_info else None, record.getMessage()
        if error is not None and (message := describe(error)):
            LUIGI_LOGGER.debug("%s", "".join(traceback.format_exception(error)))
            subject = [f"{task} failed: " for task in record.args or () if isinstance(task, luigi.Task)]
            record.msg, record.args = redaction.redact(f"{''.join(subject)}{message}"), ()
            record.exc_info = record.exc_text = None
        elif text.startswith("Will not run") and "Traceback" in text:
            planning_failures.append(describe_traceback(text) or f"{text.strip().splitlines()[-1]} (see above)")
            if message := describe_traceback(text):
                LUIGI_LOGGER.debug("%s", text.replace("pipeline.errors.", ""))
                record.msg, record.args = f"{text.splitlines()[0].partition(' due to ')[0]}: {message}", ()
        return True


def print_error(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Print the message of an error that ends the process, else its traceback."""
    if message := describe(error):
        print(redaction.redact(message), file=sys.stderr)
    else:
        redaction.print_traceback(kind, error, trace)


redaction.install()
sys.excepthook = print_error
LUIGI_LOGGER.addFilter(ErrorMessageFilter())
