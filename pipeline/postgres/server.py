"""A private PostgreSQL with PostGIS in a folder of its own: made on first use, stopped by its last user.

The folder holds `server/data` (the database), `password` (0600), `server.log`, `state.json` (port, socket folder,
and the processes that use the server) and `lock`. A child that ends with `os._exit`, as Luigi's workers do, stops
nothing: its parent calls `start`, or `enlist` where the server may not be needed at all.
"""

import atexit
import contextlib
import os
import shutil
import signal
import subprocess
import time
from dataclasses import replace
from pathlib import Path

import psycopg2

from pipeline.errors import PipelineError
from pipeline.postgres import privileges, process, server_settings, server_state
from pipeline.postgres.binaries import find_binaries

# Servers that this process started, to be reaped by it.
_child_processes: dict[Path, subprocess.Popen[bytes]] = {}
_registered: set[tuple[Path, int]] = set()


def start(folder: Path, keep: bool = False) -> str:
    """Make the cluster if there is none, start it if it is not running, and give its URL.

    The server stops when the last process that called this ends, unless one of them asked to `keep` it.
    Raises PipelineError where PostgreSQL is missing, or cannot be made or started.
    """
    folder = folder.resolve()
    found, state = process.find_postmaster(_data_folder(folder)), server_state.read(folder)
    if found and found.ready and found.pid == state.prepared and state.knows_me() and state.keep >= keep:
        return _url(folder, found.port)
    with server_state.locked(folder):
        process.wait_until_stable(_data_folder(folder), server_state.password(folder))
        state = server_state.read(folder)
        if not is_running(folder):
            state = _launch(folder, state)
        found = process.find_postmaster(_data_folder(folder))
        if found is None:
            raise PipelineError(f"The database server ended as soon as it had started: see {folder / 'server.log'}.")
        if state.prepared != found.pid:
            _create_database(folder)
        _register_user(folder, replace(state, prepared=found.pid, keep=state.keep or keep))
        return _url(folder, found.port)


def enlist(folder: Path) -> None:
    """Count this process among the server's users before there is a server, so that it is stopped when this process
    ends. For a parent whose workers will start it.
    """
    folder = folder.resolve()
    with server_state.locked(folder):
        _register_user(folder, server_state.read(folder))


def stop(folder: Path) -> None:
    """Stop the server, whoever uses it; nothing happens where none runs."""
    folder = folder.resolve()
    if folder.is_dir():
        with server_state.locked(folder):
            _stop_server(folder)


def remove(folder: Path) -> None:
    """Stop the server and delete the cluster, also where its data lie elsewhere; the folder itself stays."""
    stop(folder)
    shutil.rmtree((folder / "server").resolve(), ignore_errors=True)
    (folder / "server").unlink(missing_ok=True)


def exists(folder: Path) -> bool:
    """True where that folder holds a cluster, running or not."""
    return (_data_folder(folder.resolve()) / "PG_VERSION").exists()


def is_running(folder: Path) -> bool:
    """True where the server of that folder takes connections."""
    return url(folder) is not None


def url(folder: Path) -> str | None:
    """The URL of the running server, None where it does not run."""
    folder = folder.resolve()
    found = process.find_postmaster(_data_folder(folder))
    return _url(folder, found.port) if found and found.ready else None


def _data_folder(folder: Path) -> Path:
    return (folder / "server").resolve() / "data"


def _url(folder: Path, port: int) -> str:
    return f"postgresql://ntsb:{server_state.password(folder)}@127.0.0.1:{port}/ntsb"


def _launch(folder: Path, state: server_state.State) -> server_state.State:
    """Make what is missing and start the server; the state with its port and socket folder."""
    version = _data_folder(folder) / "PG_VERSION"
    binaries = find_binaries(int(version.read_text()) if version.exists() else None)
    guise, home = privileges.choose_user(folder, binaries)
    data = home / "data"
    if not data.exists():
        process.init_cluster(home, binaries, guise, server_state.new_password(folder))
    if state.sockets:
        shutil.rmtree(state.sockets, ignore_errors=True)
    if fallen := _child_processes.pop(folder, None):
        fallen.poll()
    sockets = process.socket_folder(guise)
    for attempt in range(5):
        process.remove_stale_pid_file(data)
        port = process.free_port(state.port if attempt == 0 else 0)
        server_settings.write_settings(data, binaries, port, sockets)
        postmaster, words = process.launch(data, binaries, guise, folder / "server.log")
        if postmaster.poll() is None:
            _child_processes[folder] = postmaster
            return server_state.State(port, str(sockets), state.living())
        # Backends of a killed server end a moment after it; a port can be taken between asking and opening.
        if not any(sign in words for sign in ("shared memory block", "lock file", "Address already in use")):
            break
        time.sleep(1)
    shutil.rmtree(sockets, ignore_errors=True)
    raise PipelineError(f"The database server did not start; {folder / 'server.log'} ends with:\n{words[-1500:]}")


def _create_database(folder: Path) -> None:
    """Database ntsb with PostGIS. Done for every server without users: a kill half way through this mends itself."""
    address = url(folder) or ""
    try:
        with contextlib.closing(psycopg2.connect(address.removesuffix("ntsb") + "postgres")) as connection:
            connection.autocommit = True
            cursor = connection.cursor()
            cursor.execute("select 1 from pg_database where datname = 'ntsb'")
            if cursor.fetchone() is None:
                cursor.execute("create database ntsb")
        with contextlib.closing(psycopg2.connect(address)) as connection, connection, connection.cursor() as cursor:
            cursor.execute("create extension if not exists postgis")
    except psycopg2.Error as error:
        _stop_server(folder)
        raise PipelineError(f"The embedded database cannot be prepared: {error}See {folder / 'server.log'}.") from error


def _stop_server(folder: Path) -> None:
    child = _child_processes.pop(folder, None)
    process.stop_postmaster(_data_folder(folder), child)
    if child is not None:
        child.wait(process.STOP_SECONDS)
    state = server_state.read(folder)
    if state.sockets:
        shutil.rmtree(state.sockets, ignore_errors=True)
    server_state.try_write(folder, server_state.State(port=state.port))


def _register_user(folder: Path, state: server_state.State) -> None:
    users = state.living()
    if not state.knows_me():
        users.append(server_state.this_process())
    if server_state.this_process() in users and (folder, os.getpid()) not in _registered:
        _registered.add((folder, os.getpid()))
        atexit.register(_unregister_user, folder, os.getpid())
    server_state.write(folder, replace(state, users=users))


def _unregister_user(folder: Path, pid: int) -> None:
    """The last user stops the server; a forked child that got here by inheritance does nothing."""
    if os.getpid() != pid:
        return
    if not (folder / "state.json").exists():
        # Somebody deleted the store under the server.
        if child := _child_processes.pop(folder, None):
            child.send_signal(signal.SIGQUIT)
            child.wait(process.STOP_SECONDS)
        return
    with server_state.locked(folder):
        state = server_state.read(folder)
        others = [user for user in state.living() if user[0] != pid]
        if others or state.keep:
            server_state.try_write(folder, replace(state, users=others))
        else:
            _stop_server(folder)
