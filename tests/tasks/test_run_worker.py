"""A run alone on its store; errors in planning, temporary failures, and interrupts end as documented."""

import contextlib
import hashlib
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg2
import pytest

import pipeline
from tests import forked
from tests.running import SAMPLES, SECONDS, Running, RunResult, Workspace, copy_repository

# One more task than the pipeline has, in a module of the user's.
MODULE = """
import pipeline, os, sys, time, subprocess, multiprocessing.util
from pathlib import Path
import luigi
from pipeline.tasks.base import Step
from pipeline.errors import DatabaseUnavailable, PipelineError

MARKS = Path(os.environ["NTSB_TEST_MARKS"])

def fail(kind):
    if kind == "disk":
        Path("/dev/full").write_text("x")
    if kind == "memory":
        bytearray(1 << 62)

class Endless(Step):
    def complete(self):
        return False
    def run(self):
        child = subprocess.Popen(["sleep", "3600"])
        (MARKS / "processes").write_text(f"{os.getpid()} {child.pid}")
        time.sleep(3600)

class Fails(Step):
    kind = luigi.Parameter()
    def complete(self):
        return (MARKS / "done").exists()
    def run(self):
        with (MARKS / "attempts").open("a") as file:
            file.write("x")
        if self.kind == "killed":
            os._exit(9)
        if self.kind == "out of memory":
            os.kill(os.getpid(), 9)
        if self.kind == "timeout":
            raise TimeoutError("no answer")
        if self.kind == "lost":
            try:
                raise ConnectionResetError("reset by peer")
            except ConnectionResetError as error:
                raise DatabaseUnavailable("the connection was lost") from error
        fail(self.kind)
        if self.kind == "message":
            raise PipelineError("expected x, found y; correct it")
        raise ValueError("a bug")

class EndsLate(Step):
    number = luigi.IntParameter()
    def complete(self):
        return (MARKS / f"done {self.number}").exists()
    def run(self):
        # Runs after the result was sent.
        multiprocessing.util.Finalize(None, time.sleep, args=(2,), exitpriority=1)
        (MARKS / f"done {self.number}").touch()

class Inherits(Step):
    preloaded = ("colorsys", "colorsys.missing")
    def complete(self):
        return (MARKS / "inherited").exists()
    def run(self):
        (MARKS / "inherited").write_text(str("colorsys" in sys.modules))

class Broken(Step):
    part = luigi.Parameter()
    def complete(self):
        if self.part == "complete":
            raise OSError("complete is broken")
        if self.part == "text":
            return "yes"
        fail(self.part)
        return False
    def inputs(self):
        if self.part == "inputs":
            raise RuntimeError("inputs are broken")
        return ()
    def prerequisites(self):
        if self.part == "prerequisites":
            raise RuntimeError("prerequisites are broken")
        return ()

class Needs(Step):
    part = luigi.Parameter()
    def complete(self):
        return False
    def requires(self):
        return [Broken(part=self.part), Endless()]

class Yields(Step):
    part = luigi.Parameter()
    def complete(self):
        return False
    def run(self):
        yield Broken(part=self.part)
"""


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """The source and a module of tasks that fail."""
    repository = copy_repository(tmp_path_factory.mktemp("repository") / "copy")
    (repository / "failing.py").write_text(MODULE)
    text = (repository / "luigi.cfg").read_text().replace("retry_delay = 300", "retry_delay = 0.1")
    (repository / "luigi.cfg").write_text(text)
    return Workspace(tmp_path_factory.mktemp("store"), repository, str(SAMPLES))


@pytest.fixture
def store(workspace: Workspace, tmp_path: Path) -> Iterator[Workspace]:
    """A new store; MARKS is its parent folder."""
    variables = {"NTSB_TEST_MARKS": str(tmp_path)}
    store = Workspace(tmp_path / "store", workspace.repository, workspace.sources, variables)
    yield store
    store.stop()


def start(store: Workspace, *task: str) -> Running:
    """Starts a task of the module, with the settings of luigi.cfg."""
    file = (store.store.parent / f"{time.monotonic_ns()}.log").open("w")
    command = [sys.executable, "-m", "luigi", "--module", "failing", *task]
    process = subprocess.Popen(
        command, cwd=store.repository, env=store.environment(), stdout=file, stderr=file, start_new_session=True
    )
    file.close()
    return Running(process, Path(file.name))


def run(store: Workspace, *task: str) -> RunResult:
    """Runs a task of the module; a run that does not end fails the test after five minutes."""
    words = ("--module", "failing", *task)
    done = forked.run("luigi", words, store.repository, store.environment(), timeout=300, merged=True)
    return RunResult(done.returncode, done.stdout)


def run_edited(store: Workspace, *task: str) -> RunResult:
    """Runs a task in a process that imports what a test has edited."""
    running = start(store, *task)
    return RunResult(running.process.wait(SECONDS), running.text())


def wait_for_file(path: Path) -> str:
    limit = time.monotonic() + 60
    while not path.exists() or not path.read_text():
        assert time.monotonic() < limit
        time.sleep(0.02)
    return path.read_text()


def is_alive(pid: int) -> bool:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


@pytest.mark.parametrize("part", ["complete", "text", "inputs", "prerequisites"])
@pytest.mark.parametrize("family", ["Broken", "Needs", "Yields"])
def test_any_exception_in_planning_ends_the_run(store: Workspace, family: str, part: str) -> None:
    result = run(store, family, "--part", part)
    assert result.code in (30, 35)
    assert "FAILED " in result.text
    assert not (store.store.parent / "processes").exists()


@pytest.mark.parametrize("kind", ["disk", "memory"])
@pytest.mark.parametrize("task", [("Fails", "--kind"), ("Needs", "--part"), ("Yields", "--part")])
def test_a_full_disk_or_memory_ends_a_run_with_a_message(store: Workspace, task: tuple[str, str], kind: str) -> None:
    result = run(store, *task, kind)
    assert result.code in (30, 35) and "Traceback" not in result.text
    assert re.search("^FAILED .*this machine: expected (free disk space|enough memory), found", result.text, re.M)


@pytest.mark.parametrize("name", ["AllReport", "fails", "no such task"])
def test_an_unknown_task_ends_the_run_with_a_message(store: Workspace, name: str) -> None:
    result = run(store, name)
    assert result.code != 0 and "Traceback" not in result.text
    assert f"{name}: expected the name of a task; " in result.text


def test_runs_that_start_at_once_on_a_new_store_end_with_a_message(store: Workspace) -> None:
    task = ("LoadMappingTable", "--name", "make_alias")
    runs = [start(store, *task) for _ in range(3)]
    codes = [running.process.wait(120) for running in runs]
    assert 0 in codes and set(codes) <= {0, 10}
    assert all("Traceback" not in running.text() for running in runs)
    assert ask(store, "clean").returncode == 0, "a run marks its folders"


@pytest.mark.parametrize("path", ["models/severity/study.py", "reports/shared/page.py", "pipeline/warehouse/views.py"])
def test_a_syntax_error_in_any_module_ends_the_run_with_a_message(store: Workspace, path: str) -> None:
    file = store.repository / path
    before = file.read_text()
    assert run(store, "CreateSnapshot").code == 0
    try:
        file.write_text(f"{before}\ndef (:\n")
        result = run_edited(store, "AllReports")
    finally:
        file.write_text(before)
    assert result.code != 0 and "Traceback" not in result.text
    assert f"{file}: expected Python code, found: " in result.text


NAMES = {
    "ExportParquet": "events",
    "LoadMappingTable": "make_alias",
    "CreateView": "event_summary",
    "RenderReport": "index",
}
WITHOUT_DATABASE = {"CheckSource", "CreateSnapshot", "DownloadSource", "UnpackAccessFile"}
# Messages of tasks that fail for another reason, before they need a database.
OTHER_MESSAGES = {"DownloadApiMonths": "set the environment variable NTSB_API_KEY"}


def parameters(name: str, snapshot: str) -> list[str]:
    """Values for the parameters of a task that have no default."""
    sha256 = hashlib.sha256((SAMPLES / "avall.zip").read_bytes()).hexdigest()
    values = {"snapshot": snapshot, "sha256": sha256, "source": "avall", "table": "events"}
    values |= {"name": NAMES.get(name, ""), "date": "2026-11-30"}
    required = [parameter for parameter, _ in getattr(pipeline, name).get_params() if values.get(parameter)]
    return [word for parameter in required for word in (f"--{parameter.replace('_', '-')}", values[parameter])]


@pytest.fixture(scope="module")
def unreachable(workspace: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """A store with a snapshot, and a database that does not answer."""
    folder = tmp_path_factory.mktemp("unreachable")
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"postgresql://ann:secret@127.0.0.1:{closed.getsockname()[1]}/none"
        variables = {"NTSB_TEST_MARKS": str(folder), "NTSB_DATABASE_URL": url}
        store = Workspace(folder / "store", workspace.repository, workspace.sources, variables)
        assert run(store, "CreateSnapshot").code == 0
        yield store


@pytest.mark.parametrize("name", pipeline.__all__)
def test_every_task_ends_with_a_message_if_the_database_does_not_answer(unreachable: Workspace, name: str) -> None:
    result = run(unreachable, name, *parameters(name, unreachable.snapshot()))
    assert (result.code == 0) == (name in WITHOUT_DATABASE), result.text[-2000:]
    if name not in WITHOUT_DATABASE:
        message = OTHER_MESSAGES.get(name, "does not answer")
        assert re.search(f"^FAILED .*{message}", result.text, re.MULTILINE), result.text[-2000:]
    assert "secret" not in result.text and "Traceback" not in result.text


@pytest.mark.parametrize(("kind", "attempts"), [("timeout", 3), ("lost", 3), ("killed", 3), ("message", 1), ("bug", 1)])
def test_only_temporary_failures_are_retried(store: Workspace, kind: str, attempts: int) -> None:
    result = run(store, "Fails", "--kind", kind)
    assert result.code == 30
    assert (store.store.parent / "attempts").read_text() == "x" * attempts


def test_a_task_inherits_modules_and_an_error_in_one_does_not_end_the_run(store: Workspace) -> None:
    assert run(store, "Inherits").code == 0
    assert (store.store.parent / "inherited").read_text() == "True"


def test_a_task_killed_for_lack_of_memory_says_what_needs_less(store: Workspace) -> None:
    result = run(store, "Fails", "--kind", "out of memory")
    assert result.code == 30 and re.search("^FAILED .*lack of memory; `--workers 1` needs less", result.text, re.M)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("group", [True, False], ids=["terminal", "process"])
def test_an_interrupt_ends_the_run_and_its_children_at_once(
    store: Workspace, number: signal.Signals, group: bool
) -> None:
    running = start(store, "Endless")
    pids = [int(word) for word in wait_for_file(store.store.parent / "processes").split()]
    (os.killpg if group else os.kill)(running.process.pid, number)
    began = time.monotonic()
    assert running.process.wait(30) == 130
    assert time.monotonic() - began < 10
    assert [pid for pid in pids if is_alive(pid)] == []
    assert "Interrupted; run again" in running.text() and "Traceback" not in running.text()
    assert run(store, "Fails", "--kind", "bug").code == 30


def test_a_program_can_start_a_run_as_soon_as_one_has_ended(store: Workspace) -> None:
    program = """
import luigi, failing
luigi.configuration.get_config().set("worker", "keep_alive", "false")
options = {"local_scheduler": True, "workers": 2}
assert all(luigi.build([failing.EndsLate(number=number)], **options) for number in (1, 2))
"""
    result = subprocess.run(
        [sys.executable, "-c", program],
        cwd=store.repository,
        env=store.environment(),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert result.returncode == 0, result.stderr


def test_a_second_run_on_a_store_ends_with_the_holder(store: Workspace) -> None:
    running = start(store, "Endless")
    wait_for_file(store.store.parent / "processes")
    result = run(store, "Fails", "--kind", "bug", "--workers", "1")
    assert result.code == 10 and "Traceback" not in result.text
    assert f"run: expected no run on this store, found process {running.process.pid} since 20" in result.text
    for command in ("gc", "rollback", "clean"):
        done = ask(store, command)
        assert done.returncode == 1 and store.store.exists(), done.stdout
    assert ask(store, "status").returncode in (0, 1) and ask(store, "plan").returncode == 0
    running.kill()
    assert run(store, "Fails", "--kind", "bug").code == 30


def ask(store: Workspace, command: str) -> subprocess.CompletedProcess[str]:
    return forked.run("pipeline", [command], store.repository, store.environment(), timeout=60)


def test_a_second_run_on_a_database_ends_with_the_holder(store: Workspace, server: str, tmp_path: Path) -> None:
    variables = {**store.variables, "NTSB_DATABASE_URL": server}
    first = Workspace(tmp_path / "first", store.repository, store.sources, variables)
    second = Workspace(tmp_path / "second", store.repository, store.sources, variables)
    running = start(first, "Endless")
    wait_for_file(tmp_path / "processes")
    result = run(second, "Fails", "--kind", "bug")
    assert result.code == 10 and f"{running.process.pid}@" in result.text
    assert "expected no run on this database, found ntsb 20" in result.text
    running.kill()
    with contextlib.closing(psycopg2.connect(server)) as connection, connection, connection.cursor() as cursor:
        limit = time.monotonic() + 10
        while time.monotonic() < limit:
            cursor.execute("select count(*) from pg_locks where locktype = 'advisory'")
            if cursor.fetchone() == (0,):
                break
            time.sleep(0.1)
    assert run(second, "Fails", "--kind", "bug").code == 30
