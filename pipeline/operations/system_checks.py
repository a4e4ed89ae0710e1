"""Checks of the machine and of what surrounds a run: programs, memory, clock, source location, receivers, last run."""

import os
import re
import shutil
import time
from dataclasses import replace
from pathlib import Path

from pipeline import config, config_check
from pipeline.errors import PipelineError, SourceError, SourceUnreachable
from pipeline.ingest.http import RequestPolicy
from pipeline.ingest.locations import SourceLocation
from pipeline.operations import notifications, run_summaries, watches
from pipeline.operations.health_check import HealthCheck
from pipeline.postgres.binaries import find_binaries
from pipeline.postgres.server_settings import memory_bytes

# Training and two large tables at the same time.
MIN_MEMORY_GB = 4
PROBE = RequestPolicy(timeout_s=10, attempts=1, backoff_s=0)


def check_programs() -> HealthCheck:
    """Return the result of looking for the programs that backup and restore use."""
    try:
        folder = find_binaries(None)
    except PipelineError as error:
        return HealthCheck("programs", "fail", str(error))
    missing = [name for name in ("pg_dump", "pg_restore") if not (folder / name).exists()]
    if missing:
        return HealthCheck("programs", "warn", f"no {', '.join(missing)} in {folder}", "install PostgreSQL's client")
    return HealthCheck("programs", "ok", f"pg_dump, pg_restore in {folder}")


def available_memory_gb() -> float | None:
    """Return the memory that programs can use, with that of the control group where it is less; None if unknown."""
    try:
        line = re.search(r"^MemAvailable: +(\d+) kB$", Path("/proc/meminfo").read_text(encoding="utf-8"), re.MULTILINE)
    except OSError:
        return None
    return min(int(line[1]) * 1024, memory_bytes()) / 1e9 if line else None


def check_memory() -> HealthCheck:
    """Return the result of checking the available memory."""
    memory = available_memory_gb()
    if memory is None:
        return HealthCheck("memory", "ok", "unknown on this system")
    finding = f"{memory:.1f} GB available"
    if memory < MIN_MEMORY_GB:
        return HealthCheck("memory", "warn", finding, "end other programs, or use `--workers 1`")
    return HealthCheck("memory", "ok", finding)


def check_clock() -> HealthCheck:
    """Return the result of comparing the clock with the end of the last run: a clock set back hides new files."""
    now = time.time()
    ended = [run_summaries.seconds_of(summary["ended"]) for summary in run_summaries.read_all()[-1:]]
    if ended and now < ended[0] - 60:
        finding = f"{run_summaries.iso(now)} is before the end of the last run, {run_summaries.iso(ended[0])}"
        return HealthCheck("clock", "fail", finding, "set the clock of this machine")
    return HealthCheck("clock", "ok", run_summaries.iso(now))


def check_source_location() -> HealthCheck:
    """Return the result of requesting the end of one zip from the source location."""
    if config_check.find_mistakes():
        return HealthCheck("source location", "warn", "not checked", "correct luigi.cfg first")
    settings = config.Sources()
    location = SourceLocation(settings.resolved_location())
    try:
        source = location.sources(settings.base, ())[0]
        location.probe(source, replace(PROBE, user_agent=settings.user_agent))
    except SourceUnreachable as error:
        # A run uses the archived files.
        return HealthCheck("source location", "warn", str(error))
    except SourceError as error:
        return HealthCheck("source location", "fail", str(error))
    return HealthCheck("source location", "ok", location.display_name)


def check_notifications() -> HealthCheck:
    """Return the result of reading the receivers, their secrets and the watches; nothing is sent."""
    if config_check.find_mistakes():
        return HealthCheck("notifications", "warn", "not checked", "correct luigi.cfg first")
    settings = config.Notifications()
    try:
        channels, _ = notifications.configured_channels(settings)
        watched = watches.read_watches(Path(settings.watches)) if settings.watches else []
    except PipelineError as error:
        return HealthCheck("notifications", "fail", str(error))
    waiting = len(list(notifications.outbox().glob("*.json")))
    finding = f"{', '.join(sorted(channels)) or 'none configured'}; {len(watched)} watches; {waiting} messages unsent"
    return HealthCheck("notifications", "warn" if waiting else "ok", finding, "run `notify`" if waiting else "")


def check_last_run() -> HealthCheck:
    """Return the result of reading the summary of the last run."""
    summaries = run_summaries.read_all()
    if not summaries:
        return HealthCheck("last run", "ok", "none yet")
    last = summaries[-1]
    finding = f"{last['run']} {run_summaries.root_task(last)} {last['state']}"
    if last["state"] == run_summaries.SUCCEEDED:
        return HealthCheck("last run", "ok", finding)
    return HealthCheck("last run", "warn", finding, f"run `python -m pipeline runs {last['run']}`")


def check_user() -> HealthCheck:
    """Return the result of checking the user: services need no root."""
    if os.geteuid() == 0 and shutil.which("setpriv") is None and shutil.which("runuser") is None:
        return HealthCheck("user", "fail", "root, without setpriv or runuser", "run as another user")
    name = "root; the embedded server drops its privileges" if os.geteuid() == 0 else f"user id {os.geteuid()}"
    return HealthCheck("user", "ok", name)


CHECKS = (
    check_programs,
    check_memory,
    check_clock,
    check_user,
    check_source_location,
    check_notifications,
    check_last_run,
)
