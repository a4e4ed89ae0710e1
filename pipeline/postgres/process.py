"""The embedded server itself: made with initdb, launched, asked after, ended."""

import contextlib
import logging
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import psycopg2

from pipeline.errors import PipelineError
from pipeline.postgres.privileges import ServerUser, environment

log = logging.getLogger(__name__)

# Byte order on every machine, and said as C: PostgreSQL then compares bytes itself, which sorts and keys a quarter
# faster. macOS before PostgreSQL 17 has no C.UTF-8.
LOCALES = tuple(("--locale=C", *ctype) for ctype in (("--lc-ctype=C.UTF-8",), ("--lc-ctype=en_US.UTF-8",), ()))
START_SECONDS = 600  # recovery after a crash replays up to max_wal_size
STOP_SECONDS = 60


@dataclass(frozen=True)
class Postmaster:
    """A live server: process id, TCP port, and whether it takes connections."""

    pid: int
    port: int
    ready: bool


def init_cluster(home: Path, binaries: Path, guise: ServerUser, password: str) -> None:
    """A new cluster in `home`/data: complete or not there at all."""
    for torn in home.glob("making-*"):
        shutil.rmtree(torn, ignore_errors=True)
    room = Path(tempfile.mkdtemp(prefix="making-", dir=home))
    try:
        secret = room / "password"
        secret.write_text(password)
        guise.own(room)
        fixed = ["--encoding=UTF8", "--auth=scram-sha-256", "--username=ntsb", f"--pwfile={secret}"]
        for locale in LOCALES:
            command = [*guise.prefix, str(binaries / "initdb"), f"--pgdata={room / 'data'}", *fixed, *locale]
            done = subprocess.run(command, cwd="/", env=environment(), capture_output=True, text=True)
            if done.returncode == 0 or "locale" not in done.stderr:
                break
        if done.returncode != 0:
            raise PipelineError(f"initdb could not make a database in {home}: {done.stderr.strip()[-1500:]}")
        with (room / "data" / "postgresql.conf").open("a") as file:
            file.write("\ninclude_if_exists 'ntsb.conf'\n")
        (room / "data").rename(home / "data")
    finally:
        shutil.rmtree(room, ignore_errors=True)


def _is_server(pid: int, data: Path) -> bool:
    """True where that process is alive and is the server of these data: after a crash its number may be another's."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    if Path("/proc/self/cmdline").exists():
        # A zombie has no command line.
        words = Path(f"/proc/{pid}/cmdline").read_bytes() if Path(f"/proc/{pid}").exists() else b""
    else:
        words = subprocess.run(["ps", "-ww", "-o", "args=", "-p", str(pid)], capture_output=True).stdout
    return str(data).encode() in words and b"postgres" in words


def find_postmaster(data: Path) -> Postmaster | None:
    """The live server of these data, or None."""
    try:
        lines = (data / "postmaster.pid").read_text().splitlines()
        pid = int(lines[0])
    except (OSError, ValueError, IndexError):
        return None
    if not _is_server(pid, data):
        return None
    port = int(lines[3]) if len(lines) > 3 and lines[3].strip().isdigit() else 0
    return Postmaster(pid, port, ready=len(lines) > 7 and lines[7].strip() == "ready")


def wait_until_stable(data: Path, password: str) -> None:
    """Wait while a live server is on its way up or down: another process that was killed may have left it so."""
    limit = time.monotonic() + START_SECONDS
    while (
        (found := find_postmaster(data))
        and not (found.ready and _accepts_connections(found.port, password))
        and time.monotonic() < limit
    ):
        time.sleep(0.05)


def _accepts_connections(port: int, password: str) -> bool:
    """Asked and not inferred: for a moment after its death a killed server still is a process and listens."""
    with contextlib.suppress(psycopg2.OperationalError):
        psycopg2.connect(host="127.0.0.1", port=port, user="ntsb", password=password, dbname="postgres").close()
        return True
    return False


def remove_stale_pid_file(data: Path) -> None:
    """Remove the pid file of a dead server whose number another process, or a zombie, bears now: PostgreSQL would not
    dare start. First its last children must have ended: they still write.
    """
    path = data / "postmaster.pid"
    if not path.exists() or find_postmaster(data) is not None:
        return
    try:
        os.kill(int(path.read_text().split()[0]), 0)
    except (ProcessLookupError, ValueError, IndexError):
        return
    except PermissionError:
        pass
    limit = time.monotonic() + STOP_SECONDS
    while (orphans := _has_processes_in(data)) and time.monotonic() < limit:
        time.sleep(0.05)
    if not orphans:
        path.unlink(missing_ok=True)


def _has_processes_in(data: Path) -> bool:
    """True where a process has the data as its current folder, as every process of a server has."""
    for process in Path("/proc").glob("[0-9]*/cwd"):
        with contextlib.suppress(OSError):
            if process.readlink() == data:
                return True
    return False


def free_port(wanted: int) -> int:
    """The wanted port if nothing listens there, else any free one."""
    for port in (wanted, 0):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
            if wanted and port == 0:
                log.warning("Port %d is taken by another program: the database moves to another port.", wanted)
            return int(probe.getsockname()[1])
    raise PipelineError("No port on 127.0.0.1 can be opened for the database: check the machine's network settings.")


def socket_folder(guise: ServerUser) -> Path:
    """A short path, because sockets allow about 100 characters and the store may have more."""
    where = tempfile.gettempdir()
    folder = Path(tempfile.mkdtemp(prefix="ntsb-", dir=where if len(where) < 60 else "/tmp"))
    guise.own(folder)
    return folder


def launch(data: Path, binaries: Path, guise: ServerUser, journal: Path) -> tuple[subprocess.Popen[bytes], str]:
    """Start the server and wait until it takes connections or ends; what it wrote to `journal` comes along."""
    with journal.open("ab") as file:
        start = file.tell()
        # A session of its own: Ctrl-C in the terminal is for the run, which stops the server in good order.
        process = subprocess.Popen(
            [*guise.prefix, str(binaries / "postgres"), "-D", str(data)],
            cwd="/", env=environment(), stdin=subprocess.DEVNULL, stdout=file, stderr=file, start_new_session=True,
        )  # fmt: skip
    limit = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < limit:
        found = find_postmaster(data)
        if found and found.ready and found.pid == process.pid:
            break
        time.sleep(0.02)
    return process, journal.read_bytes()[start:].decode(errors="replace").strip()


def stop_postmaster(data: Path, process: subprocess.Popen[bytes] | None) -> None:
    """Stop the server: fast first (transactions are rolled back, files synced), at once if that takes too long."""
    for order, seconds in ((signal.SIGINT, STOP_SECONDS), (signal.SIGQUIT, 10)):
        found = find_postmaster(data)
        if found is None:
            break
        os.kill(found.pid, order)
        limit = time.monotonic() + seconds
        while time.monotonic() < limit and find_postmaster(data) is not None:
            if process is not None:
                process.poll()  # a child that nobody asks after stays as a zombie
            time.sleep(0.02)
    if found := find_postmaster(data):
        raise PipelineError(f"The database server (process {found.pid}) does not stop: end it, then run again.")
