"""A private PostgreSQL server with PostGIS: created on first use, stopped by its last user.

Its folder contains `server/data` (the database), `password` (mode 0600), `server.log`, `state.json` (port and the
processes that use the server) and `locks` (mode 0700). The server listens on 127.0.0.1 only, without a Unix socket: the
path of a socket may have 107 bytes, fewer than the paths of many stores, and a folder in /tmp is open to other users.
A child that ends with `os._exit`, as Luigi's workers do, does not stop the server: its parent must call `start`.
"""

import atexit
import contextlib
import os
import shutil
import time
from dataclasses import replace
from pathlib import Path

import psycopg2

from pipeline.errors import PipelineError
from pipeline.postgres import privileges, process, roles, server_settings, server_state
from pipeline.postgres.binaries import find_binaries
from pipeline.postgres.server_state import State
from pipeline.postgres.session import open_connection

START_ATTEMPTS = 5
# A killed server's processes end a moment after it; a port can be taken between the test and the start.
TEMPORARY_PROBLEMS = ("shared memory block", "lock file", "Address already in use")
_registered: set[tuple[Path, int]] = set()


def start(folder: Path, keep: bool = False) -> str:
    """Create the cluster if there is none, start the server if it is not running, and return its URL.

    The server stops when the last process that called this ends, unless one of them asked to `keep` it.
    Raises PipelineError if PostgreSQL is missing, or the server cannot be created or started.
    """
    folder = folder.resolve()
    state = server_state.read(folder)
    is_mine = state.prepared and state.is_used_by_me() and state.keep >= keep
    if is_mine and (port := process.listening_port(_data_folder(folder))):
        return _url(folder, port)
    with server_state.locked(folder):
        state = server_state.read(folder)
        port = _settled_port(folder)
        state = replace(state, port=port) if port else _launch(folder, state)
        if not state.prepared:
            _create_database(folder, state.port)
        _register_user(folder, replace(state, prepared=True, keep=state.keep or keep))
        return _url(folder, state.port)


def stop(folder: Path) -> None:
    """Stop the server, even if processes use it; do nothing if none runs.

    Raises PipelineError if it cannot be stopped.
    """
    folder = folder.resolve()
    if folder.is_dir():
        with server_state.locked(folder):
            _stop_server(folder)


def remove(folder: Path) -> None:
    """Stop the server and delete the cluster; the folder itself stays.

    Links are not followed, except to the folder that root creates if the server's user cannot enter the store.
    """
    stop(folder)
    inside, outside = folder / "server", privileges.outside_folder(folder.resolve())
    if folder.is_symlink():
        return
    if inside.is_symlink():
        if os.geteuid() == 0 and inside.readlink() == outside:
            shutil.rmtree(outside, ignore_errors=True)
        inside.unlink()
    else:
        shutil.rmtree(inside, ignore_errors=True)


def exists(folder: Path) -> bool:
    """Return True if the folder contains a cluster, running or not."""
    return (_data_folder(folder.resolve()) / "PG_VERSION").exists()


def is_running(folder: Path) -> bool:
    """Return True if the server of the folder runs."""
    return url(folder) is not None


def url(folder: Path) -> str | None:
    """Return the URL of the running server, or None if it does not run."""
    folder = folder.resolve()
    port = process.listening_port(_data_folder(folder))
    return _url(folder, port) if port else None


def _data_folder(folder: Path) -> Path:
    return (folder / "server").resolve() / "data"


def _url(folder: Path, port: int) -> str:
    return f"postgresql://ntsb:{server_state.password(folder)}@127.0.0.1:{port}/ntsb"


def role_url(url: str, folder: Path, role: str) -> str:
    """Return the URL of the server of the folder for another role than that of `url`, the superuser's."""
    address = url.partition("@")[2]
    return f"postgresql://{role}:{server_state.role_password(folder, role)}@{address}"


def _binaries(folder: Path) -> Path:
    """Return the folder with the programs of the version that created the cluster, or of any suitable version.

    Raises PipelineError if there is none.
    """
    version = _data_folder(folder) / "PG_VERSION"
    return find_binaries(int(version.read_text(encoding="utf-8")) if version.exists() else None)


def _settled_port(folder: Path) -> int:
    """Return the server's port, 0 if none runs, after waiting for a start or stop in progress. Raises PipelineError."""
    data = _data_folder(folder)
    # The right version may no longer be installed: it is needed only where a server may run.
    return process.wait_until_settled(data, _binaries(folder)) if process.is_alive(data) else 0


def _launch(folder: Path, state: State) -> State:
    """Create what is missing and start the server; return the state with its port.

    Raises PipelineError if the server does not start.
    """
    binaries = _binaries(folder)
    user, parent = privileges.choose_user(folder, binaries)
    data = parent / "data"
    if not data.exists():
        process.init_cluster(parent, binaries, user, server_state.new_password(folder))
    for attempt in range(START_ATTEMPTS):
        process.remove_stale_pid_file(data)
        port = process.free_port(state.port if attempt == 0 else 0)
        server_settings.write_settings(data, binaries, port)
        started = State(port, state.living_users())
        # Before the start: if this process is killed during it, the next one finds the server.
        server_state.write(folder, started)
        problem = process.start_server(data, binaries, user, folder / "server.log")
        if not problem:
            return started
        if not any(words in problem for words in TEMPORARY_PROBLEMS):
            break
        time.sleep(1)
    raise PipelineError(
        f"{folder}: expected a database server that starts, found in server.log:\n{problem[-1500:]}\n"
        f"{process.NEXT_STEP}"
    )


def _create_database(folder: Path, port: int) -> None:
    """Create the database ntsb with PostGIS and the roles. Repeatable, so that a kill in the middle does no harm.

    Raises PipelineError after stopping the server if that fails.
    """
    address = _url(folder, port)
    try:
        with contextlib.closing(open_connection(address, is_embedded=True, dbname="postgres")) as connection:
            connection.autocommit = True
            cursor = connection.cursor()
            cursor.execute("select 1 from pg_database where datname = 'ntsb'")
            if cursor.fetchone() is None:
                cursor.execute("create database ntsb")
        with contextlib.closing(open_connection(address, is_embedded=True)) as connection:
            names = (roles.OWNER, roles.LOADER, roles.READER)
            roles.create_roles(connection, {name: server_state.role_password(folder, name) for name in names})
    except psycopg2.Error as error:
        _stop_server(folder)
        raise PipelineError(
            f"{folder}: expected a database that can be prepared, found: {str(error).strip()} (server.log has more)\n"
            f"{process.NEXT_STEP}"
        ) from error


def _stop_server(folder: Path) -> None:
    state = server_state.read(folder)
    # Not from the state, which may be lost.
    port = _settled_port(folder)
    if port:
        binaries = _binaries(folder)
        user, parent = privileges.choose_user(folder, binaries)
        process.stop_server(parent / "data", binaries, user)
    server_state.try_write(folder, State(port=port or state.port))


def _register_user(folder: Path, state: State) -> None:
    users = state.living_users()
    if not state.is_used_by_me():
        users.append(server_state.this_process())
    if server_state.this_process() in users and (folder, os.getpid()) not in _registered:
        _registered.add((folder, os.getpid()))
        atexit.register(_unregister_user, folder, os.getpid())
    server_state.write(folder, replace(state, users=users))


def _unregister_user(folder: Path, pid: int) -> None:
    """Stop the server if this is its last user; does nothing in a forked child, which inherits the exit handler."""
    # PostgreSQL shuts down by itself within a minute after its data folder was deleted.
    if os.getpid() != pid or not (folder / "state.json").exists():
        return
    with server_state.locked(folder):
        state = server_state.read(folder)
        others = [user for user in state.living_users() if user[0] != pid]
        if others or state.keep:
            server_state.try_write(folder, replace(state, users=others))
        else:
            _stop_server(folder)
