"""Commands of `python -m` in processes that begin with the project imported.

A command imports for a second of processor time, and the tests run about a thousand. Here a process of the same folder
and environment imports what commands import, executes nothing, and forks a child for each command. A child has
arguments, environment, files and process group of its own, and ends like a process; it inherits modules only.
"""

import atexit
import contextlib
import gc
import importlib
import json
import os
import runpy
import select
import signal
import subprocess
import sys
import tempfile
import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[1]
# Prefixes of variables that no module reads while the project is imported; MLflow is imported by commands that use it.
OF_COMMANDS = ("NTSB_", "MLFLOW_", "PYTEST_")
# Folders with code that no test edits.
UNCHANGED = {REPOSITORY}
# Parents that wait for commands; each has 0.1 GB.
MOST_PARENTS = 3


def run(
    module: str,
    words: Sequence[str],
    cwd: Path,
    environment: Mapping[str, str],
    *,
    timeout: float,
    merged: bool = False,
) -> subprocess.CompletedProcess[str]:
    """The result of `python -m MODULE WORDS`; if `merged`, all of its output, in order, is in `stdout`.

    For code that no test edits, and with Luigi's settings in luigi.cfg: they are read while the project is imported.
    """
    parent = _parent(cwd, environment)
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder) / name for name in (("output", "output") if merged else ("output", "errors"))]
        command = {"module": module, "words": list(words), "environment": dict(environment)}
        try:
            code = parent.ask({**command, "files": [str(path) for path in files]}, timeout)
        except subprocess.TimeoutExpired as error:
            error.add_note(_text(files[0])[-2000:])
            raise
        output, errors = map(_text, files)
    return subprocess.CompletedProcess([module, *words], code, output, "" if merged else errors)


def _text(path: Path) -> str:
    return path.read_text(errors="replace") if path.exists() else ""


class Parent:
    """A process that has imported the project in a folder and an environment, and forks."""

    def __init__(self, cwd: Path, environment: Mapping[str, str]) -> None:
        self.lock = threading.Lock()
        # Unbuffered, so that `select` knows what is left to read. A session of its own: Ctrl-C is for the tests.
        self.process = subprocess.Popen(
            [sys.executable, __file__],
            cwd=cwd,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
            start_new_session=True,
        )

    def ask(self, request: Mapping[str, Any], timeout: float) -> int:
        """Runs a command, and returns its exit code; kills it after the timeout, and raises TimeoutExpired."""
        with self.lock:
            assert self.process.stdin and self.process.stdout
            self.process.stdin.write(json.dumps(request).encode() + b"\n")
            pid = int(self.process.stdout.readline())
            has_ended, _, _ = select.select([self.process.stdout], [], [], timeout)
            if not has_ended:
                os.killpg(pid, signal.SIGKILL)
            code = int(self.process.stdout.readline())
        if not has_ended:
            raise subprocess.TimeoutExpired(request["words"], timeout)
        return code

    def end(self) -> None:
        """Ends the process when it waits for no command."""
        with self.lock:
            self.process.terminate()
            self.process.communicate()


_parents: OrderedDict[tuple[Path, frozenset[tuple[str, str]]], Parent] = OrderedDict()


def _parent(cwd: Path, environment: Mapping[str, str]) -> Parent:
    """The process for a folder and an environment, started where there is none; the one not used longest is ended."""
    inherited = {name: text for name, text in environment.items() if not name.startswith(OF_COMMANDS)}
    key = (cwd, frozenset(inherited.items()))
    if key in _parents and _parents[key].process.poll() is not None:
        del _parents[key]
    if key not in _parents:
        if not _parents:
            atexit.register(_end_all)
        _parents[key] = Parent(cwd, inherited)
        if len(_parents) > MOST_PARENTS:
            _parents.popitem(last=False)[1].end()
    _parents.move_to_end(key)
    return _parents[key]


def _end_all() -> None:
    while _parents:
        _parents.popitem()[1].end()


def _import_all() -> None:
    """Imports what `python -m pipeline` and `luigi --module pipeline` import, but neither of their main modules."""
    importlib.import_module("pipeline")
    for name in importlib.import_module("pipeline.cli").COMMANDS:
        importlib.import_module(f"pipeline.cli.{name.replace('-', '_')}")


def _become(request: Mapping[str, Any]) -> None:
    """Makes a forked child the process of a command."""
    os.setpgid(0, 0)
    output = [os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600) for path in request["files"]]
    for number, descriptor in enumerate([os.open(os.devnull, os.O_RDONLY), *output]):
        os.dup2(descriptor, number)
        os.close(descriptor)
    os.environ.clear()
    os.environ.update(request["environment"])
    sys.argv = [sys.argv[0], *request["words"]]
    sources = importlib.import_module("pipeline.tasks.sources")
    # The only value that is read while the project is imported.
    sources.STARTED = sources.api_download.utc_now()


def _execute(module: str) -> int:
    """Runs a module as `python -m` does, up to the functions registered with atexit; returns the exit code."""
    code: Any = 0
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    except SystemExit as end:
        code = end.code or 0
    except BaseException:
        sys.excepthook(*sys.exc_info())
        code = 1
    if not isinstance(code, int):
        print(code, file=sys.stderr)
        code = 1
    threading._shutdown()  # type: ignore[attr-defined]  # Python calls it before those functions.
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    return code


def _serve() -> None:
    """Forks a child per line of standard input, and writes its process id, and its exit code when it has ended."""
    while line := sys.stdin.buffer.readline():
        request = json.loads(line)
        if not (pid := os.fork()):
            _become(request)
            # Not `sys.exit`, after which libraries in C++ end threads that a forked child does not have.
            os._exit(_execute(request["module"]) & 0xFF)
        # Here too, so that the group exists when its id is known; the child may have ended.
        with contextlib.suppress(OSError):
            os.setpgid(pid, pid)
        os.write(1, f"{pid}\n".encode())
        _, status = os.waitpid(pid, 0)
        os.write(1, f"{os.waitstatus_to_exitcode(status)}\n".encode())


if __name__ == "__main__":
    # As for `python -m`, and not the folder of this file, whose modules would hide others.
    sys.path[0] = str(Path.cwd())
    _import_all()
    # Collecting garbage would copy the pages that children share.
    gc.collect()
    gc.freeze()
    _serve()
