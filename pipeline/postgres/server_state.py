"""What is remembered between processes of an embedded server: its port, its socket folder, and who uses it."""

import contextlib
import fcntl
import json
import os
import secrets
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from pipeline.errors import PipelineError

ProcessId = tuple[int, str]


@dataclass(frozen=True)
class State:
    """`users` are processes as (id, moment of birth); `keep`: the server outlives them until it is stopped by hand;
    `prepared`: process id of the server that was seen to have the database with PostGIS.
    """

    port: int = 0
    sockets: str = ""
    users: list[ProcessId] = field(default_factory=list)
    keep: bool = False
    prepared: int = 0

    def knows_me(self) -> bool:
        """True where this process, or its parent, which stands for its workers, is among the living users."""
        return bool({pid for pid, _ in self.living()} & {os.getpid(), os.getppid()})

    def living(self) -> list[ProcessId]:
        """Users whose process still runs: a killed run leaves a server that the next one takes over."""
        return [user for user in self.users if _is_alive(*user)]


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """One process at a time makes, starts or stops the server of a folder; the others wait."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = (folder / "lock").open("a")
    except OSError as error:
        raise _write_error(folder, error, "run as its owner") from error
    with file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def read(folder: Path) -> State:
    """The state in that folder; a new one where there is none that can be read."""
    try:
        state = State(**json.loads((folder / "state.json").read_text()))
        return replace(state, users=[(int(pid), str(born)) for pid, born in state.users])
    except (OSError, ValueError, TypeError):
        return State()


def write(folder: Path, state: State) -> None:
    """Replace the state in one move. Raises PipelineError where that fails, as on a full disk."""
    draft = folder / "state.json.new"
    try:
        draft.write_text(json.dumps(asdict(state)))
        draft.replace(folder / "state.json")
    except OSError as error:
        raise _write_error(folder, error, "make room there") from error


def try_write(folder: Path, state: State) -> None:
    """Replace the state by one with fewer users, if that can be: of those in the old one only the living count."""
    with contextlib.suppress(PipelineError):
        write(folder, state)


def _write_error(folder: Path, error: OSError, move: str) -> PipelineError:
    reason = error.strerror or str(error)
    return PipelineError(f"{folder} cannot be written ({reason}): {move}, or choose another folder with NTSB_STORE.")


def password(folder: Path) -> str:
    """The server's password, empty where no cluster was made."""
    path = folder / "password"
    return path.read_text().strip() if path.exists() else ""


def new_password(folder: Path) -> str:
    """A new password, in a file that only its owner can read."""
    path = folder / "password"
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(secrets.token_urlsafe(24))
    return path.read_text()


def this_process() -> ProcessId:
    """This process."""
    return os.getpid(), _start_time(os.getpid())


def _start_time(pid: int) -> str:
    """When a process started, in the kernel's ticks: its number alone may have been given away again."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except OSError:
        return ""


def _is_alive(pid: int, born: str) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return _start_time(pid) == born
