"""Which publications may still send requests that change tables.

DynamoDB has no conditions for batches and deletions: a request of a publication that was overtaken by another one can
arrive at any time. So each publication marks the tables that it changes with the name of a lock that it holds, and
removes the marks at its end if all its requests are answered. A table with the mark of another lock is neither used nor
deleted. A mark with the name of the lock that this process holds was left by a process that has ended, whose work is
continued.
"""

import contextlib
import hashlib
import os
import socket
import uuid
from collections.abc import Iterator
from pathlib import Path

from pipeline import file_lock
from pipeline.dynamodb import releases
from pipeline.dynamodb.client import Database
from pipeline.errors import DynamodbError


@contextlib.contextmanager
def writing(database: Database) -> Iterator[None]:
    """Hold the lock of this store for publications with the prefix, and remove all marks at the end.

    With unanswered requests, or after an interruption, the marks stay, for the next process that holds the lock.
    Raises DynamodbError if another process holds it.
    """
    with contextlib.ExitStack() as stack:
        try:
            descriptor = stack.enter_context(file_lock.locked(_lock_file(database), wait=False))
        except BlockingIOError:
            raise DynamodbError(
                "dynamodb: expected no publication with this prefix from this store, found one in progress; wait until "
                "it has ended"
            ) from None
        # Requests of an earlier publication of this process are those of a process that has ended.
        database.writer, database.is_unanswered = _name(descriptor), False
        try:
            yield
        except Exception:
            with contextlib.suppress(DynamodbError):
                releases.unmark_all(database)
            raise
        releases.unmark_all(database)


def own_name(database: Database) -> str:
    """Return the name of the lock without holding it; empty before the first publication."""
    with contextlib.suppress(OSError), _lock_file(database).open("rb") as file:
        return _format(file.read(32), file.fileno())
    return ""


def _lock_file(database: Database) -> Path:
    settings = database.settings
    scope = hashlib.sha256("\0".join((settings.endpoint, settings.region, settings.prefix)).encode()).hexdigest()[:16]
    return database.locks / f"dynamodb-{scope}"


def _name(descriptor: int) -> str:
    """Return the name of a lock, which its file keeps: a copy of the file, or of its disk for another host, differs."""
    content = os.read(descriptor, 32)
    if not content:
        content = uuid.uuid4().hex.encode()
        os.pwrite(descriptor, content, 0)
    return _format(content, descriptor)


def _format(content: bytes, descriptor: int) -> str:
    return f"{content.decode()}-{os.fstat(descriptor).st_ino}-{socket.gethostname()}"
