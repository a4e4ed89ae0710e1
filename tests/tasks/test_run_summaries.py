"""Every run leaves a summary, whatever its result, and reports failures once to real receivers."""

import json
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests import forked, receivers
from tests.running import SAMPLES, RunResult, Workspace, copy_repository
from tests.tasks.test_run_worker import start, wait_for_file

MODULE = """
import os, time
from pathlib import Path
import luigi
import pipeline
from pipeline.errors import DatabaseUnavailable, PipelineError
from pipeline.tasks.base import Step

MARKS = Path(os.environ["NTSB_TEST_MARKS"])

class Ends(Step):
    how = luigi.Parameter()
    def complete(self):
        return (MARKS / self.how).exists()
    def run(self):
        with (MARKS / "attempts").open("a") as file:
            file.write("x")
        if self.how == "fails":
            raise PipelineError("x: expected password='planted-secret', found none; set it")
        if self.how == "waits":
            (MARKS / "waiting").write_text("1")
            time.sleep(600)
        if self.how == "recovers" and len((MARKS / "attempts").read_text()) < 3:
            raise DatabaseUnavailable("gone") from ConnectionResetError("reset")
        if self.how == "slow":
            time.sleep(600)
        (MARKS / self.how).touch()

class Waits(luigi.Task):
    how = luigi.Parameter()
    def requires(self):
        return [Ends(how=self.how), Ends(how="succeeds")]
    def complete(self):
        return False
    def run(self):
        pass
"""


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    copied = copy_repository(tmp_path_factory.mktemp("repository") / "copy")
    (copied / "failing.py").write_text(MODULE)
    text = (copied / "luigi.cfg").read_text().replace("retry_delay = 300", "retry_delay = 0.1")
    text = text.replace("on_success = published", "on_success = always")
    text = text.replace("task_timeouts_s = {", 'task_timeouts_s = {"Slow": 1, ')
    (copied / "luigi.cfg").write_text(text)
    return copied


@pytest.fixture
def receiver() -> Iterator[receivers.HttpReceiver]:
    with receivers.http_receiver() as http:
        yield http


@pytest.fixture
def store(repository: Path, tmp_path: Path, receiver: receivers.HttpReceiver) -> Workspace:
    variables = {"NTSB_TEST_MARKS": str(tmp_path), "NTSB_WEBHOOK_URL": f"{receiver.url}/hook-secret"}
    return Workspace(tmp_path / "store", repository, str(SAMPLES), variables)


def run(store: Workspace, *words: str) -> RunResult:
    environment = store.environment()
    done = forked.run("luigi", ("--module", "failing", *words), store.repository, environment, timeout=120, merged=True)
    return RunResult(done.returncode, done.stdout)


def summaries(store: Workspace) -> list[dict[str, Any]]:
    return [json.loads(path.read_text()) for path in sorted(store.targets.glob("runs/*/run.json"))]


def test_a_successful_run_names_all_eight_stages(store: Workspace, receiver: receivers.HttpReceiver) -> None:
    assert run(store, "CreateSnapshot").code == 0
    (summary,) = summaries(store)
    stages = {stage["stage"]: stage for stage in summary["stages"]}
    names = ["check", "download", "extract", "stage", "check quality", "publish", "refresh", "notify"]
    assert list(stages) == names
    assert (stages["check"]["tasks"], stages["download"]["tasks"]) == (4, 5)
    assert (summary["state"], summary["tasks"]["run"], summary["failures"]) == ("succeeded", 9, [])
    ((path, body, _),) = receiver.requests
    assert path == "/hook-secret" and body["details"]["run"] == summary["run"]
    assert run(store, "CreateSnapshot").code == 0
    assert summaries(store)[-1]["tasks"] == {"run": 0, "skipped": 1, "failed": 0, "retries": 0}


def test_a_failure_is_reported_once_with_its_context_and_without_secrets(
    store: Workspace, receiver: receivers.HttpReceiver
) -> None:
    result = run(store, "Waits", "--how", "fails")
    assert result.code == 30
    (summary,) = summaries(store)
    assert (summary["state"], summary["tasks"]["run"], summary["tasks"]["failed"]) == ("failed", 1, 1)
    (failure,) = summary["failures"]
    assert failure["task"] == "Ends --how fails" and failure["parameters"] == {"how": "fails"}
    assert (failure["error"], failure["next_step"], failure["attempts"]) == ("PipelineError", "set it", 1)
    assert failure["run"] == summary["run"] and any("failed" in line for line in failure["log"])
    ((_, body, _),) = receiver.requests
    assert body["subject"] == "[ntsb] Waits failed: Ends" and "Ends --how fails" in body["text"]
    files = [path for path in store.store.rglob("*") if path.is_file()]
    assert [
        path for path in files if b"planted-secret" in path.read_bytes() or b"hook-secret" in path.read_bytes()
    ] == []
    assert "planted-secret" not in result.text + json.dumps(body)


def test_a_task_that_succeeds_at_the_third_attempt_is_no_failure(
    store: Workspace, receiver: receivers.HttpReceiver
) -> None:
    assert run(store, "Ends", "--how", "recovers").code == 0
    (summary,) = summaries(store)
    assert (summary["state"], summary["tasks"]["retries"], summary["failures"]) == ("succeeded", 2, [])
    assert [body["kind"] for _, body, _ in receiver.requests] == ["run succeeded"]


def test_a_killed_run_is_reported_by_the_next_one(store: Workspace, receiver: receivers.HttpReceiver) -> None:
    running = start(store, "Ends", "--how", "waits")
    wait_for_file(store.store.parent / "waiting")
    os.killpg(running.process.pid, signal.SIGKILL)
    running.process.wait()
    assert run(store, "Ends", "--how", "succeeds").code == 0
    assert run(store, "Ends", "--how", "succeeds").code == 0
    assert [summary["state"] for summary in summaries(store)] == ["killed", "succeeded", "succeeded"]
    kinds = [body["kind"] for _, body, _ in receiver.requests]
    assert kinds == ["run killed", "run succeeded", "run succeeded"]


def test_an_interrupted_run_is_reported(store: Workspace, receiver: receivers.HttpReceiver) -> None:
    running = start(store, "Ends", "--how", "waits")
    wait_for_file(store.store.parent / "waiting")
    os.killpg(running.process.pid, signal.SIGTERM)
    assert running.process.wait(60) == 130
    assert [summary["state"] for summary in summaries(store)] == ["interrupted"]
    assert [body["kind"] for _, body, _ in receiver.requests] == ["run interrupted"]


def test_a_task_is_killed_after_the_timeout_of_its_class(store: Workspace) -> None:
    words = ("Ends", "--how", "slow", "--Operations-task-timeouts-s", '{"Ends": 2}', "--scheduler-retry-count", "1")
    began = time.monotonic()
    assert run(store, *words).code == 30
    assert time.monotonic() - began < 60
    (failure,) = summaries(store)[0]["failures"]
    assert failure["error"] == "ProcessEnded" and "timed out after 2 seconds" in failure["message"]


def test_an_unreachable_receiver_does_not_fail_a_run(store: Workspace) -> None:
    port = receivers.free_port()
    store.variables["NTSB_WEBHOOK_URL"] = f"http://127.0.0.1:{port}/hook-secret"  # type: ignore[index]  # A dict here.
    result = run(store, "CreateSnapshot")
    assert result.code == 0 and "notifications: webhook: expected an answer" in result.text
    assert summaries(store)[0]["stages"][-1]["unsent"] == 1
    with receivers.http_receiver(port) as late:
        done = forked.run("pipeline", ["notify"], store.repository, store.environment(), timeout=60)
        assert done.returncode == 0 and len(late.requests) == 1
