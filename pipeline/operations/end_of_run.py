"""What follows a run, whatever its result: its summary, its line in audit.run_log, metrics and notifications.

None of it can fail a run: problems are logged as warnings.
"""

import contextlib
import logging
import time
from collections.abc import Iterator, Sequence
from typing import Any

import psycopg2

from pipeline import config, config_check, file_lock, redaction
from pipeline.errors import PipelineError
from pipeline.operations import metrics, notifications, release_state, run_events, run_history, run_summaries, watches
from pipeline.operations.run_summaries import Summary
from pipeline.postgres import server
from pipeline.postgres.connection import embedded_server_folder, transaction

log = logging.getLogger("luigi-interface")


def conclude(run: str, state: str) -> None:
    """Write the summary of a run and of killed runs before it, metrics, and send what is to be sent.

    `state`: failed or interrupted, as the process knows it; empty if the events of the run decide.
    """
    now_s = time.time()
    with _logged("summary"):
        summaries = [_summarize(other, run_summaries.KILLED) for other in killed_runs(run)]
        _report([*summaries, _summarize(run, state, now_s)])


def conclude_killed() -> None:
    """Do the same for killed runs alone, before a later run does it."""
    with _logged("summary"):
        if summaries := [_summarize(run, run_summaries.KILLED) for run in killed_runs("")]:
            _report(summaries)


def _report(summaries: Sequence[Summary]) -> None:
    """Send the messages about the runs, and write the page and the metrics of the last one."""
    _notify(summaries)
    with _logged("page of runs"):
        page = run_history.page(run_summaries.read_all())
        (run_events.runs_folder() / "index.html").write_text(page, encoding="utf-8")
    with _logged("metrics"):
        metrics.write_textfile(summaries[-1], is_database_running())


@contextlib.contextmanager
def _logged(subject: str) -> Iterator[None]:
    """Log an exception in the block as a warning, instead of raising it."""
    try:
        yield
    # Whatever it is: it must not hide the result of the run.
    except Exception as error:
        log.warning("%s of this run: %s: %s", subject, type(error).__name__, redaction.redact(str(error)))


def is_database_running() -> bool:
    """Return True if a query starts no server: an external one is configured, or the embedded one runs."""
    return not config_check.find_mistakes() and bool(
        config.Postgres().external_url() or server.is_running(embedded_server_folder())
    )


def _summarize(run: str, state: str, ended_s: float | None = None) -> Summary:
    """Write the summary of a run to its folder, and return it."""
    events = run_events.read(run)
    done = {run_summaries.family(event["task"]) for event in events if event["event"] == run_summaries.SUCCEEDED}
    release = read_release("PublishRelease" in done)
    if "TrainSeverityModel" in done:
        decisions = config.ledger_folder() / "promotions.csv"
        release["model"] = run_summaries.last_decision(decisions, release.get("release"))
    ended = ended_s or max((event["ns"] for event in events), default=time.time_ns()) / 1e9
    summary = run_summaries.summarize(run, events, ended, state, release)
    run_summaries.write(summary)
    return summary


def read_release(has_published: bool) -> dict[str, Any]:
    """Return what the database says about the current release; empty if it is not running or not prepared."""
    if is_database_running():
        with contextlib.suppress(PipelineError, psycopg2.Error), transaction(read_only=True) as cursor:
            return release_state.read(cursor, has_published)
    return {}


def _notify(summaries: Sequence[Summary]) -> None:
    """Send the messages about the runs, record how long that took, and write audit.run_log."""
    settings, began = config.Notifications(), time.monotonic()
    messages = [notifications.run_message(summary, settings.on_success) for summary in summaries]
    reported = None
    if settings.watches and summaries[-1]["release"]:
        with _logged("watches"):
            changes, reported = watches.messages(settings.watches, summaries[-1]["published"])
            messages += changes
    if notifications.enqueue_all([message for message in messages if message], settings) and reported is not None:
        watches.record_reported(reported)
    unsent = notifications.send(settings)
    stage = summaries[-1]["stages"][-1]
    sent = sum(message is not None for message in messages)
    stage |= {"seconds": round(time.monotonic() - began, 1), "messages": sent, "unsent": unsent}
    run_summaries.write(summaries[-1])
    if is_database_running():
        with _logged("audit.run_log"), transaction(owner=True) as cursor:
            # Not only the files, which a full disk may lack; also of runs that ended while there was no database.
            release_state.record_runs(cursor, [*summaries, *run_summaries.read_all()])


def killed_runs(current: str) -> list[str]:
    """Return the runs that ended without a summary, oldest first."""
    folders = sorted(path for path in run_events.runs_folder().glob("*") if path.is_dir())
    open_runs = [path.name for path in folders if path.name != current and not (path / "run.json").exists()]
    return [run for run in open_runs if _has_begun(run) and _has_ended(run)]


def _has_begun(run: str) -> bool:
    return any(event["event"] == "begin" for event in run_events.read(run))


def _has_ended(run: str) -> bool:
    """Return True if no process holds the lock of the run, which the kernel releases when the last one ends."""
    path = run_events.lock_path(run)
    try:
        with file_lock.locked(path, wait=False):
            path.unlink()
    except BlockingIOError:
        return False
    return True
