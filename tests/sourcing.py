"""A store, a folder and a server for the steps from zips to Access files, and a real Luigi worker that runs them."""

import contextlib
import io
import os
import zipfile
from collections.abc import Iterator
from pathlib import Path

import luigi
import pytest
from luigi.configuration import get_config

from pipeline.errors import PipelineError
from pipeline.ingest import source_state
from pipeline.tasks.base import Step
from tests.loopback import Loopback, Served, serving

KNOBS = {
    "core": {"autoload_range": "false"},
    "Sources": {
        "timeout_s": "0.5",
        "attempts": "2",
        "backoff_s": "0.01",
        "base": '["avall", "Pre2008"]',
        "weekly": "[]",
    },
    "scheduler": {"retry_count": "1"},
    "worker": {"keep_alive": "false", "wait_interval": "0.05", "force_multiprocessing": "false", "timeout": "0"},
}
HEAD = b"\x00\x01\x00\x00Standard Jet DB\x00\x01".ljust(4096, b"\0")


def zipped(name: str, content: str = "") -> bytes:
    """A zip whose member has the first bytes of an Access file."""
    room = io.BytesIO()
    with zipfile.ZipFile(room, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo(name, (2024, 1, 1, 0, 0, 0)), HEAD + content.encode())
    return room.getvalue()


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A store of its own; knobs that make failures quick; nothing remembered of earlier answers."""
    config = get_config()
    before = [(section, key, config.get(section, key, None)) for section in KNOBS for key in KNOBS[section]]
    for section, values in KNOBS.items():
        for key, value in values.items():
            config.set(section, key, value)
    monkeypatch.setenv("NTSB_STORE", str(tmp_path / "a store"))
    # No test asks NTSB, whatever it forgets to say.
    monkeypatch.setenv("NTSB_SOURCES", str(tmp_path / "nowhere"))
    source_state.clear_probe_results()
    yield tmp_path / "a store" / "targets" / "store"
    for section, key, value in before:
        if value is None:
            config.remove_option(section, key)
        else:
            config.set(section, key, value)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in force with two databases and one weekly file, named as users name them."""
    place = tmp_path / "my zips"
    place.mkdir()
    (place / "AVALL.zip").write_bytes(zipped("avall.mdb"))
    (place / "pre2008.ZIP").write_bytes(zipped("Pre2008.mdb"))
    (place / "up08nov.zip").write_bytes(zipped("up08NOV.mdb"))
    (place / "lookups.zip").write_bytes(b"of no interest")
    monkeypatch.setenv("NTSB_SOURCES", str(place))
    return place


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Loopback]:
    """A server in force with two databases."""
    with serving() as loopback:
        for name in ("avall", "Pre2008"):
            loopback.files[f"{name}.zip"] = Served(zipped(f"{name}.mdb"))
        monkeypatch.setenv("NTSB_SOURCES", loopback.address)
        yield loopback


class Told:
    """What a run told: steps that succeeded, and errors of those that failed or could not be scheduled."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.errors: list[BaseException] = []

    def heard(self, step: luigi.Task) -> None:
        self.done.append(step.task_family)

    def failed(self, _: luigi.Task, error: BaseException) -> None:
        self.errors.append(error)


def run(*steps: luigi.Task) -> Told:
    """What a fresh process would do: nothing is remembered of what places said."""
    source_state.clear_probe_results()
    told = Told()
    hooks = {luigi.Event.SUCCESS: told.heard, luigi.Event.FAILURE: told.failed, luigi.Event.BROKEN_TASK: told.failed}
    for event, hook in hooks.items():
        Step.event_handler(event)(hook)
    try:
        luigi.build(list(steps), local_scheduler=True, workers=1, log_level="CRITICAL")
    finally:
        for event, hook in hooks.items():
            Step.remove_event_handler(event, hook)
    told.done.sort()
    return told


def error_of(told: Told) -> str:
    """The sentence of the one error."""
    assert len(told.errors) == 1, told.errors
    assert isinstance(told.errors[0], PipelineError), told.errors
    return str(told.errors[0])


@contextlib.contextmanager
def another_user() -> Iterator[None]:
    """As an ordinary user: to root, every file is readable."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)
