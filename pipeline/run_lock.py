"""One run at a time on a store and on a database; the scheduler of a luigid coordinates the runs that it serves."""

import contextlib
import fcntl
import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path

from pipeline import config, file_lock
from pipeline.errors import DatabaseUnavailable, PipelineError
from pipeline.postgres.connection import connect, fetch_value, is_embedded

# "NTSB" in ASCII, and the number of the lock.
KEYS = (0x4E545342, 1)
LOCK, LOCK_SHARED = "select pg_try_advisory_lock(%s, %s)", "select pg_try_advisory_lock_shared(%s, %s)"
HOLDER = """
select min(activity.application_name)
from pg_locks as held inner join pg_stat_activity as activity using (pid)
where
    held.locktype = 'advisory' and held.classid = %s and held.objid = %s and held.granted
    and held.database = (select oid from pg_database where datname = current_database())
"""

# How often the name of a schedule that may be about to be written is read.
HOLDER_READS = 10


class RunInProgress(PipelineError):
    """Another run or command works on the store or the database."""


@contextlib.contextmanager
def held(subject: str, shared: bool = False) -> Iterator[None]:
    """Hold the locks of the store and of the database; `subject` begins the messages.

    Raises RunInProgress with the holder and its start time; PipelineError if the lock cannot be created.
    """
    began = _now()
    with contextlib.ExitStack() as stack:
        _lock_store(stack, subject, shared, f"process {os.getpid()} since {began}")
        if not is_embedded():
            # An unreachable database needs no lock, and the tasks that use it report it.
            with contextlib.suppress(DatabaseUnavailable):
                _lock_database(stack, subject, shared, f"ntsb {began} {os.getpid()}@{socket.gethostname()}")
        yield


@contextlib.contextmanager
def schedule_held(schedule: str) -> Iterator[None]:
    """Hold the lock of schedules, which workers of a shared scheduler for the same schedule and date share.

    Raises RunInProgress with the holder and its start time.
    """
    path = config.targets_folder() / "locks" / "schedule"
    with contextlib.ExitStack() as stack:
        try:
            descriptor = stack.enter_context(file_lock.locked(path, wait=False))
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, f"{schedule}, process {os.getpid()} since {_now()}".encode(), 0)
            fcntl.flock(descriptor, fcntl.LOCK_SH)
        except BlockingIOError:
            _join_schedule(stack, path, schedule)
        yield


def _join_schedule(stack: contextlib.ExitStack, path: Path, schedule: str) -> None:
    """Share the lock with other workers of a schedule. Raises RunInProgress if another schedule holds it."""
    # A worker that has just taken the lock writes its schedule next.
    for _ in range(HOLDER_READS):
        if is_same := _holder(path).startswith(f"{schedule}, process "):
            break
        time.sleep(0.02)
    if is_same:
        stack.enter_context(file_lock.locked(path, shared=True))
        is_same = _holder(path).startswith(f"{schedule}, process ")
    if not is_same:
        raise _in_progress("run", "the schedules of this store", _holder(path)) from None


def _holder(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def _now() -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime())


def _lock_store(stack: contextlib.ExitStack, subject: str, shared: bool, holder: str) -> None:
    path = config.targets_folder() / "locks" / "run"
    try:
        descriptor = stack.enter_context(file_lock.locked(path, shared, wait=False))
        before = os.fstat(descriptor)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, holder.encode(), 0)
        # A run that has nothing to do changes no file of the store, not even a time.
        os.utime(descriptor, ns=(before.st_atime_ns, before.st_mtime_ns))
    except BlockingIOError:
        raise _in_progress(
            subject, "this store", path.read_text(encoding="utf-8") or "one that has just started"
        ) from None
    except OSError as error:
        if path.is_symlink():
            raise PipelineError(f"{path}: expected a file, found a link; remove it, then run again") from error
        raise PipelineError(
            f"{path}: expected a file that can be written, found: {error.strerror}; run as the owner of the store, or "
            "choose another folder with NTSB_STORE"
        ) from error


def _lock_database(stack: contextlib.ExitStack, subject: str, shared: bool, holder: str) -> None:
    connection = stack.enter_context(contextlib.closing(connect()))
    connection.autocommit = True
    cursor = connection.cursor()
    # The session is idle while the run works.
    cursor.execute("set idle_session_timeout = 0; select set_config('application_name', %s, false)", (holder[:63],))
    if not fetch_value(cursor, LOCK_SHARED if shared else LOCK, *KEYS):
        raise _in_progress(subject, "this database", fetch_value(cursor, HOLDER, *KEYS) or "one that has just ended")


def _in_progress(subject: str, lock: str, holder: str) -> RunInProgress:
    return RunInProgress(f"{subject}: expected no run on {lock}, found {holder}; wait until it has ended")
