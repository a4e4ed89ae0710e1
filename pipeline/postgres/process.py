"""The programs of the embedded server: initdb, pg_ctl and pg_isready, run as the server's user."""

import contextlib
import logging
import os
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from pipeline.errors import PipelineError
from pipeline.postgres.privileges import ServerUser, environment

log = logging.getLogger(__name__)

# Byte order on every machine. With the locale C, PostgreSQL compares bytes itself, which makes sorts and index builds
# a quarter faster. macOS has no C.UTF-8 before PostgreSQL 17.
LOCALES = tuple(("--locale=C", *ctype) for ctype in (("--lc-ctype=C.UTF-8",), ("--lc-ctype=en_US.UTF-8",), ()))
START_SECONDS = 600  # recovery after a crash replays up to max_wal_size
STOP_SECONDS = 60
LOOPBACK = "127.0.0.1"
# After messages of PostgreSQL.
NEXT_STEP = (
    "Correct the cause and run again, or, if the database is damaged, delete it with the reports and cached targets "
    "(`make clean`) and run again."
)
# Exit statuses of pg_isready.
ACCEPTING, REJECTING, NO_RESPONSE = 0, 1, 2


def init_cluster(parent: Path, binaries: Path, user: ServerUser, password: str) -> None:
    """Create a cluster in `parent`/data, completely or not at all. Raises PipelineError if initdb fails."""
    for incomplete in parent.glob("making-*"):
        shutil.rmtree(incomplete, ignore_errors=True)
    temporary = Path(tempfile.mkdtemp(prefix="making-", dir=parent))
    try:
        password_file = temporary / "password"
        password_file.write_text(password, encoding="utf-8")
        user.take_ownership(temporary)
        options = ["--encoding=UTF8", "--auth=scram-sha-256", "--username=ntsb", f"--pwfile={password_file}"]
        for locale in LOCALES:
            # Not `pg_ctl init`: it passes the options through a shell, which expands a `$` in a path.
            command = [*user.prefix, str(binaries / "initdb"), f"--pgdata={temporary / 'data'}", *options, *locale]
            result = subprocess.run(
                command, cwd="/", env=environment(), capture_output=True, encoding="utf-8", errors="replace"
            )
            if result.returncode == 0 or "locale" not in result.stderr:
                break
        if result.returncode != 0:
            raise PipelineError(
                f"{parent}: expected a new database, found that initdb failed:\n{result.stderr.strip()[-1500:]}\n"
                f"{NEXT_STEP}"
            )
        with (temporary / "data" / "postgresql.conf").open("a", encoding="utf-8") as file:
            file.write("\ninclude_if_exists 'ntsb.conf'\n")
        (temporary / "data").rename(parent / "data")
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def is_alive(data: Path) -> bool:
    """Return True if the process in postmaster.pid exists, or any process of the server."""
    lines = _pid_file(data)
    # The second line is the data folder: a copy of it also contains the file.
    if len(lines) > 1 and lines[0].isdigit() and lines[1] == str(data):
        try:
            os.kill(int(lines[0]), 0)
            return True
        except PermissionError:
            return True
        except ProcessLookupError:
            pass
    return _has_processes(data)


def find_port(data: Path) -> int:
    """Return the port of the live server, or 0 if it does not listen.

    The sixth line of postmaster.pid is written after the server has bound its port, so that no other program can answer
    in its name.
    """
    lines = _pid_file(data)
    listens = len(lines) > 5 and lines[3].isdigit() and lines[5] != ""
    return int(lines[3]) if listens and is_alive(data) else 0


def _pid_file(data: Path) -> list[str]:
    """Return the lines of postmaster.pid: id, data folder, start time, port, socket folder, address and others.

    The list is empty if there is no such file.
    """
    try:
        return [line.strip() for line in os.fsdecode((data / "postmaster.pid").read_bytes()).split("\n")]
    except OSError:
        return []


def listening_port(data: Path) -> int:
    """Return the port on which the server listens, or 0.

    Faster than pg_isready, which also recognizes a starting server.
    """
    port = find_port(data)
    with socket.socket() as client, contextlib.suppress(OSError):
        if port:
            client.connect((LOOPBACK, port))
            return port
    return 0


def wait_until_settled(data: Path, binaries: Path) -> int:
    """Wait while the server is starting or stopping; return the port on which it accepts connections, 0 if none runs.

    Raises PipelineError if it neither starts nor stops in time.
    """
    began = time.monotonic()
    while True:
        port = find_port(data)
        command = [str(binaries / "pg_isready"), "--quiet", f"--host={LOOPBACK}", f"--port={port}"]
        status = subprocess.run(command, env=environment()).returncode if port else NO_RESPONSE
        if status == ACCEPTING:
            return port
        if status != REJECTING and not _has_processes(data):
            return 0
        if time.monotonic() - began > (START_SECONDS if status == REJECTING else STOP_SECONDS):
            raise PipelineError(
                f"{data}: expected a server that starts or stops, found processes that do neither; "
                "end the processes of that server, then run again"
            )
        time.sleep(0.05)


def _has_processes(data: Path) -> bool:
    """Return True if a process has `data` as its working directory, as all server processes do; False without /proc.

    After a crash, the server's last processes can keep writing for a moment, and no PostgreSQL tool reports them.
    """
    for working_directory in Path("/proc").glob("[0-9]*/cwd"):
        with contextlib.suppress(OSError):
            if working_directory.readlink() == data:
                return True
    return False


def remove_stale_pid_file(data: Path) -> None:
    """Remove the pid file if no process of a server is left.

    PostgreSQL and pg_ctl take any process with the recorded id for the server, even a zombie or one that got the id
    later: the server would not start, and `pg_ctl stop` would signal another process.
    """
    if Path("/proc/self/cwd").exists() and not _has_processes(data):
        (data / "postmaster.pid").unlink(missing_ok=True)


def free_port(preferred: int) -> int:
    """Return the preferred port if nothing listens there, else any free one.

    Raises PipelineError if no port can be opened.
    """
    for port in (preferred, 0):
        with socket.socket() as listener, contextlib.suppress(OSError):
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind((LOOPBACK, port))
            if preferred and port == 0:
                log.warning("Port %d is taken by another program: the database moves to another port.", preferred)
            return int(listener.getsockname()[1])
    raise PipelineError(
        f"{LOOPBACK}: expected a port that can be opened for the database, found none; "
        "correct the machine's network settings, and run again"
    )


def start_server(data: Path, binaries: Path, user: ServerUser, log_file: Path) -> str:
    """Start the server and wait until it accepts connections; return "" on success, else what it logged."""
    with log_file.open("ab") as file:
        begin = file.tell()
        # Not `--log`: the server's user may have no access to the file. The server inherits our file instead.
        status = _pg_ctl(data, binaries, user, "start", f"--timeout={START_SECONDS}", output=file.fileno())
    return (
        "" if status == 0 else log_file.read_bytes()[begin:].decode("utf-8", errors="replace").strip() or "no message"
    )


def stop_server(data: Path, binaries: Path, user: ServerUser) -> None:
    """Stop the server: fast first (transactions are rolled back, files synced), immediately if that takes too long.

    Raises PipelineError if it is still running.
    """
    for mode, seconds in (("fast", STOP_SECONDS), ("immediate", 10)):
        if _pg_ctl(data, binaries, user, "stop", f"--mode={mode}", f"--timeout={seconds}") == 0:
            return
    if is_alive(data):
        raise PipelineError(
            f"{data}: expected a stopped database server, found a running one; end its processes, then run again"
        )


def _pg_ctl(data: Path, binaries: Path, user: ServerUser, *arguments: str, output: int = subprocess.DEVNULL) -> int:
    """Run pg_ctl and return its exit status."""
    command = [*user.prefix, str(binaries / "pg_ctl"), "--silent", "--wait", *arguments]
    # Not `--pgdata`: pg_ctl passes it through a shell, which expands a `$` in a path.
    variables = environment() | {"PGDATA": str(data)}
    return subprocess.run(
        command, cwd="/", env=variables, stdin=subprocess.DEVNULL, stdout=output, stderr=output
    ).returncode
