"""Errors of the machine and mistakes of the user have messages; bugs have none, so that their traceback is shown."""

import errno
import os
import traceback
from pathlib import Path

import duckdb
import numpy as np
import pytest

from pipeline import run_errors
from pipeline.errors import PipelineError, SourceUnreachable


def raised(action: str) -> BaseException:
    """The exception that a piece of code raises."""
    try:
        exec(action, {"np": np, "duckdb": duckdb, "errno": errno, "os": os, "PipelineError": PipelineError})
    except BaseException as error:
        return error
    pytest.fail(f"{action}: expected an exception, found none")


def os_error(number: int) -> str:
    return f"raise OSError({number}, os.strerror({number}), '/a/file')"


MACHINE = {
    os_error(errno.ENOSPC): "free disk space",
    os_error(errno.EDQUOT): "free disk space",
    os_error(errno.EROFS): "choose another folder with NTSB_STORE",
    os_error(errno.EACCES): "choose another folder with NTSB_STORE",
    os_error(errno.EPERM): "choose another folder with NTSB_STORE",
    os_error(errno.EMFILE): "ulimit -n",
    os_error(errno.ENOMEM): "--workers 1",
    "open('/dev/full', 'w', buffering=1).write('x\\n')": "free disk space",
    "bytearray(1 << 62)": "--workers 1",
    "np.zeros(1 << 55)": "--workers 1",
    "raise duckdb.IOException('IO Error: Could not write file \"/a\": No space left on device')": "free disk space",
    "raise duckdb.OutOfMemoryException('Out of Memory Error: failed to allocate data')": "--workers 1",
    "raise ImportError('a.so: failed to map segment from shared object')": "--workers 1",
    "import no_such_package": "run `make env`",
    "import pipeline.no_such_module": "name `--module pipeline`",
}
BUGS = ("1 / 0", "{}['a']", "raise ValueError('expected a, found b')", "raise OSError('a bug')")


@pytest.mark.parametrize(("action", "advice"), MACHINE.items())
def test_an_error_of_the_machine_has_a_message_with_the_next_step(action: str, advice: str) -> None:
    error = raised(action)
    message = run_errors.describe(error)
    assert advice in message and type(error).__name__ in message


@pytest.mark.parametrize(("action", "advice"), MACHINE.items())
def test_the_text_of_a_traceback_has_the_message_of_its_error(action: str, advice: str) -> None:
    text = "".join(traceback.format_exception(raised(action)))
    assert advice in run_errors.describe_traceback(f"Will not run A() due to error:\n{text}")


@pytest.mark.parametrize("action", BUGS)
def test_a_bug_has_no_message(action: str) -> None:
    error = raised(action)
    assert run_errors.describe(error) == ""
    assert run_errors.describe_traceback("".join(traceback.format_exception(error))) == ""


def test_the_last_error_of_a_chain_is_described() -> None:
    try:
        try:
            raise OSError(errno.ENOSPC, "No space left on device")
        except OSError as error:
            raise SourceUnreachable("a server: expected an answer,\nfound none") from error
    except SourceUnreachable as error:
        text = "".join(traceback.format_exception(error))
    assert run_errors.describe_traceback(text) == "a server: expected an answer,\nfound none"


def test_a_file_with_a_syntax_error_is_named(tmp_path: Path) -> None:
    (tmp_path / "broken.py").write_text("a = 1\ndef (:\n")
    code = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); import broken"
    message = run_errors.describe(raised(code))
    assert message.startswith(f"{tmp_path / 'broken.py'}: expected Python code, found: ") and "line 2" in message


@pytest.mark.parametrize(
    ("name", "hint"),
    [("AllReport", "did you mean AllReports?"), ("publishrelease", "did you mean PublishRelease?"), ("x", "tasks.md")],
)
def test_an_unknown_task_has_a_suggestion(name: str, hint: str) -> None:
    code = f"from luigi.task_register import Register; Register.get_task_cls({name!r})"
    message = run_errors.describe(raised(code))
    assert message.startswith(f"{name}: expected the name of a task; ") and hint in message
