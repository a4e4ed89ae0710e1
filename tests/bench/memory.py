"""Memory of processes, looked at while they run. Linux only: elsewhere nothing is seen."""

import contextlib
import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")
EVERY_S = 0.3


@dataclass
class Peak:
    """The most that was seen at once, in megabytes: our own processes, and those of the database."""

    ours: float = 0.0
    database: float = 0.0


def children() -> dict[int, list[int]]:
    """{process: processes that it started}, of all that run now."""
    found: dict[int, list[int]] = {}
    for path in PROC.glob("[0-9]*/stat"):
        # A process may end while it is looked at.
        with contextlib.suppress(OSError):
            parent = int(path.read_text().rpartition(")")[2].split()[1])
            found.setdefault(parent, []).append(int(path.parent.name))
    return found


def below(process: int, tree: dict[int, list[int]]) -> list[int]:
    """All processes that it started, and those that they started."""
    found = list(tree.get(process, ()))
    for each in found:
        found += tree.get(each, ())
    return found


def kilobytes(process: int) -> dict[str, int]:
    """VmRSS, RssAnon, RssShmem and the like of a process; nothing where it has ended."""
    try:
        lines = (PROC / str(process) / "status").read_text().splitlines()
    except OSError:
        return {}
    pairs = (line.split(":", 1) for line in lines if line.startswith(("VmRSS", "Rss")))
    return {name: int(text.split()[0]) for name, text in pairs}


def server_of(folder: Path) -> int:
    """The process id of the database server whose data lie in that folder, 0 where none runs."""
    try:
        return int((folder / "postmaster.pid").read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return 0


def look(folder: Path, peak: Peak) -> None:
    """Raises the peak to what is in use now."""
    tree = children()
    server = server_of(folder)
    servers = {server, *below(server, tree)} if server else set()
    ours = [kilobytes(each) for each in below(os.getpid(), tree) if each not in servers]
    theirs = [kilobytes(each) for each in servers]
    peak.ours = max(peak.ours, sum(each.get("VmRSS", 0) for each in ours) / 1024)
    # Every backend maps the same shared buffers: they count once.
    shared = max((each.get("RssShmem", 0) for each in theirs), default=0)
    peak.database = max(peak.database, (shared + sum(each.get("RssAnon", 0) for each in theirs)) / 1024)


@contextlib.contextmanager
def watching(folder: Path, peak: Peak) -> Iterator[None]:
    """Looks every now and then until the block ends, at what this process started and at the server of `folder`."""
    ended = threading.Event()

    def watch() -> None:
        while not ended.wait(EVERY_S):
            look(folder, peak)

    thread = threading.Thread(target=watch)
    if not (PROC / "self" / "status").exists():
        yield
        return
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
