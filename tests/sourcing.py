"""A store, a source folder, a source server, and a real Luigi worker, for the tasks from zips to Access files."""

import contextlib
import io
import os
import tempfile
import zipfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import luigi
import pytest
from luigi.configuration import get_config

from pipeline.errors import PipelineError
from pipeline.ingest import source_state
from pipeline.sources import era_of
from pipeline.tasks.base import Step
from samples.jet4 import Column, write_access
from tests.loopback import Loopback, Served, serving

SETTINGS = {
    "core": {"autoload_range": "false"},
    "Sources": {
        "timeout_s": "0.5",
        "attempts": "2",
        "backoff_s": "0.01",
        "base": '["avall", "Pre2008"]',
        "weekly": "[]",
    },
    "scheduler": {"retry_count": "1"},
    # A task with a timeout runs in a process of its own, which this one does not see.
    "Operations": {"task_timeouts_s": "{}"},
    "worker": {"keep_alive": "false", "wait_interval": "0.05", "force_multiprocessing": "false", "timeout": "0"},
}


@cache
def access_bytes(content: str = "") -> bytes:
    """An Access file with the tables of avall and Pre2008, which have no columns but ev_id and no rows."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "access.mdb"
        write_access(path, {name: [Column("ev_id", "TEXT", 14)] for name in era_of("avall").tables}, {})
        padding = content.encode()
        return path.read_bytes() + padding.ljust(-(-len(padding) // 4096) * 4096, b"\0")


def zip_bytes(name: str, content: str = "") -> bytes:
    """A zip with an Access file; its name and `content` are appended to it, so that no two are equal."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo(name, (2024, 1, 1, 0, 0, 0)), access_bytes(name + content))
    return buffer.getvalue()


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A new store, settings that make failures quick, and no cached probe results."""
    config = get_config()
    previous = [(section, key, config.get(section, key, None)) for section in SETTINGS for key in SETTINGS[section]]
    for section, values in SETTINGS.items():
        for key, value in values.items():
            config.set(section, key, value)
    monkeypatch.setenv("NTSB_STORE", str(tmp_path / "a store"))
    # No test contacts NTSB, even without a fixture for its sources.
    monkeypatch.setenv("NTSB_SOURCES", str(tmp_path / "nowhere"))
    source_state.clear_probe_results()
    yield tmp_path / "a store" / "targets" / "store"
    for section, key, value in previous:
        if value is None:
            config.remove_option(section, key)
        else:
            config.set(section, key, value)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The configured source folder, with two databases and a weekly file in various spellings."""
    path = tmp_path / "my zips"
    path.mkdir()
    (path / "AVALL.zip").write_bytes(zip_bytes("avall.mdb"))
    (path / "pre2008.ZIP").write_bytes(zip_bytes("Pre2008.mdb"))
    (path / "up08nov.zip").write_bytes(zip_bytes("up08NOV.mdb"))
    (path / "lookups.zip").write_bytes(b"not a source")
    monkeypatch.setenv("NTSB_SOURCES", str(path))
    return path


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Loopback]:
    """The configured source server, with two databases."""
    with serving() as loopback:
        for name in ("avall", "Pre2008"):
            loopback.files[f"{name}.zip"] = Served(zip_bytes(f"{name}.mdb"))
        monkeypatch.setenv("NTSB_SOURCES", loopback.address)
        yield loopback


class RunResult:
    """The tasks of a run that succeeded, and the errors of those that failed or could not be scheduled."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.errors: list[BaseException] = []

    def record_success(self, task: luigi.Task) -> None:
        self.done.append(task.task_family)

    def record_failure(self, _: luigi.Task, error: BaseException) -> None:
        self.errors.append(error)


def run(*tasks: luigi.Task) -> RunResult:
    """Run tasks as a new process would, without cached probe results."""
    source_state.clear_probe_results()
    result = RunResult()
    handlers = {
        luigi.Event.SUCCESS: result.record_success,
        luigi.Event.FAILURE: result.record_failure,
        luigi.Event.BROKEN_TASK: result.record_failure,
    }
    for event, handler in handlers.items():
        Step.event_handler(event)(handler)
    try:
        luigi.build(list(tasks), local_scheduler=True, workers=1, log_level="CRITICAL")
    finally:
        for event, handler in handlers.items():
            Step.remove_event_handler(event, handler)
    result.done.sort()
    return result


def error_of(result: RunResult) -> str:
    """The message of the run's only error."""
    assert len(result.errors) == 1, result.errors
    assert isinstance(result.errors[0], PipelineError), result.errors
    return str(result.errors[0])


@contextlib.contextmanager
def another_user() -> Iterator[None]:
    """Run the block as an ordinary user: root can read every file."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)
