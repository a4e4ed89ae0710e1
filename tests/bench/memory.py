"""Peak memory of processes, sampled while they run. Linux only; elsewhere nothing is measured."""

import contextlib
import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")
INTERVAL_S = 0.3


@dataclass
class Peak:
    """Highest total memory observed, in megabytes: processes of the run, and of the database server."""

    run: float = 0.0
    database: float = 0.0


def children() -> dict[int, list[int]]:
    """{process id: ids of its child processes} of all running processes."""
    tree: dict[int, list[int]] = {}
    for path in PROC.glob("[0-9]*/stat"):
        # A process may end while it is read.
        with contextlib.suppress(OSError):
            parent = int(path.read_text().rpartition(")")[2].split()[1])
            tree.setdefault(parent, []).append(int(path.parent.name))
    return tree


def descendants(process: int, tree: dict[int, list[int]]) -> list[int]:
    """Ids of all direct and indirect child processes."""
    processes = list(tree.get(process, ()))
    for child in processes:
        processes += tree.get(child, ())
    return processes


def kilobytes(process: int) -> dict[str, int]:
    """VmRSS, RssAnon, RssShmem etc. of a process in kilobytes; empty if it has ended."""
    try:
        lines = (PROC / str(process) / "status").read_text().splitlines()
    except OSError:
        return {}
    pairs = (line.split(":", 1) for line in lines if line.startswith(("VmRSS", "Rss")))
    return {name: int(text.split()[0]) for name, text in pairs}


def server_process(folder: Path) -> int:
    """Process id of the database server with this data folder; 0 if it is not running."""
    try:
        return int((folder / "postmaster.pid").read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return 0


def sample(folder: Path, peak: Peak) -> None:
    """Updates the peak with the current memory."""
    tree = children()
    server = server_process(folder)
    servers = {server, *descendants(server, tree)} if server else set()
    run = [kilobytes(process) for process in descendants(os.getpid(), tree) if process not in servers]
    backends = [kilobytes(process) for process in servers]
    peak.run = max(peak.run, sum(memory.get("VmRSS", 0) for memory in run) / 1024)
    # All backends map the same shared buffers, which are counted once.
    shared = max((memory.get("RssShmem", 0) for memory in backends), default=0)
    peak.database = max(peak.database, (shared + sum(memory.get("RssAnon", 0) for memory in backends)) / 1024)


@contextlib.contextmanager
def sampling(folder: Path, peak: Peak) -> Iterator[None]:
    """Samples child processes and the server of `folder` every INTERVAL_S seconds until the block ends."""
    ended = threading.Event()

    def sample_until_ended() -> None:
        while not ended.wait(INTERVAL_S):
            sample(folder, peak)

    thread = threading.Thread(target=sample_until_ended)
    if not (PROC / "self" / "status").exists():
        yield
        return
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
