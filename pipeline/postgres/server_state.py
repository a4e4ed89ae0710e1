"""What processes share about an embedded server: its port, and which of them use it."""

import contextlib
import hmac
import os
import secrets
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from pipeline import file_lock, json_file
from pipeline.errors import PipelineError

ProcessId = tuple[int, str]


@dataclass(frozen=True)
class State:
    """The content of state.json.

    `users` are processes as (id, start time); `keep`: the server runs on after its last user, until `stop`;
    `prepared`: the running server has the database with PostGIS; `folder`: the folder that the state was written for.
    """

    port: int = 0
    users: list[ProcessId] = field(default_factory=list)
    keep: bool = False
    prepared: bool = False
    folder: str = ""

    def is_used_by_me(self) -> bool:
        """Return True if this process, or its parent on behalf of its workers, is a living user."""
        return bool({pid for pid, _ in self.living_users()} & {os.getpid(), os.getppid()})

    def living_users(self) -> list[ProcessId]:
        """Return the users whose process still runs: after a killed run, the next one takes over the server."""
        return [user for user in self.users if _is_alive(*user)]


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the folder's lock, so that one process at a time creates, starts or stops the server.

    Raises PipelineError if the folder cannot be written, or if other users can write to its locks.
    """
    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(file_lock.locked(folder / "locks" / "server"))
        except OSError as error:
            raise _write_error(folder, error, "run as its owner") from error
        yield


def read(folder: Path) -> State:
    """Return the state in the folder; an empty State if there is none, or if it was copied from another folder."""
    try:
        state = State(**(json_file.read(folder / "state.json") or {}))
        users = [(int(pid), str(start_time)) for pid, start_time in state.users]
    except (ValueError, TypeError):
        return State()
    return replace(state, users=users) if state.folder in ("", str(folder)) else State()


def write(folder: Path, state: State) -> None:
    """Replace the state atomically. Raises PipelineError if that fails, as on a full disk."""
    try:
        json_file.write(folder / "state.json", asdict(replace(state, folder=str(folder))))
    except OSError as error:
        raise _write_error(folder, error, "free some space there") from error


def try_write(folder: Path, state: State) -> None:
    """Replace the state by one with fewer users if possible; the old one is as good, because dead users are ignored."""
    with contextlib.suppress(PipelineError):
        write(folder, state)


def _write_error(folder: Path, error: OSError, action: str) -> PipelineError:
    reason = error.strerror or str(error)
    return PipelineError(f"{folder} cannot be written ({reason}): {action}, or choose another folder with NTSB_STORE.")


def password(folder: Path) -> str:
    """Return the server's password; empty if there is no cluster."""
    path = folder / "password"
    return path.read_text(encoding="utf-8").strip() if path.exists() else ""


def role_password(folder: Path, role: str) -> str:
    """Return the password of a role other than the superuser, derived from the server's password."""
    return hmac.digest(password(folder).encode(), role.encode(), "sha256").hex()


def new_password(folder: Path) -> str:
    """Write a new password to a file that only its owner can read, and return it."""
    path = folder / "password"
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(secrets.token_urlsafe(24))
    return path.read_text(encoding="utf-8")


def this_process() -> ProcessId:
    """Return the id and start time of this process."""
    return os.getpid(), _start_time(os.getpid())


def _start_time(pid: int) -> str:
    """Return when a process started, in kernel ticks; it differs from that of a later process with the same id.

    The result is empty without /proc.
    """
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[19]
    except OSError:
        return ""


def _is_alive(pid: int, start_time: str) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return _start_time(pid) == start_time
