"""Locks in private folders: no other user can create, replace or lock a file there.

The lock is released by the kernel when the last process that holds it ends, so that a killed run leaves none.
"""

import contextlib
import fcntl
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from pipeline.errors import PipelineError


def private_folder(path: Path) -> Path:
    """Create a folder with mode 0700, or verify it, and return it.

    Raises PipelineError if it is a link or a file, belongs to another user, or other users can write to it; OSError if
    it cannot be created.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(FileExistsError):
        path.mkdir(mode=0o700)
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except NotADirectoryError as error:
        raise PipelineError(f"{path}: expected a folder, found a link or a file; remove it, then run again") from error
    try:
        status = os.fstat(descriptor)
        mode = stat.S_IMODE(status.st_mode)
        if status.st_uid != os.geteuid():
            raise PipelineError(
                f"{path}: expected user id {os.geteuid()} as its owner, found {status.st_uid}; run as that user, or "
                "choose another folder with NTSB_STORE"
            )
        if mode & 0o022:
            raise PipelineError(
                f"{path}: expected a folder that only its owner can write to (mode 0700), found mode {mode:04o}; "
                "remove the folder, then run again"
            )
        os.fchmod(descriptor, 0o700)
    finally:
        os.close(descriptor)
    return path


@contextlib.contextmanager
def locked(path: Path, shared: bool = False, wait: bool = True) -> Iterator[int]:
    """Hold a lock on a file in a private folder, created if needed; yield its descriptor.

    Raises BlockingIOError if another process holds the lock and `wait` is False; PipelineError for an unsafe folder;
    OSError if the file is a link or cannot be written.
    """
    name = private_folder(path.parent) / path.name
    descriptor = os.open(name, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | (0 if wait else fcntl.LOCK_NB))
        yield descriptor
    finally:
        # Not unlocked: forked children share the lock, and keep it until they end.
        os.close(descriptor)


@contextlib.contextmanager
def locked_folder(path: Path) -> Iterator[None]:
    """Wait for the lock of a folder that others may use too, created if needed, and hold it; no file is added to it.

    Not all network file systems have locks of folders: there it is not locked.
    """
    path.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        with contextlib.suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
