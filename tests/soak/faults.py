"""Faults of a sync: each takes a started run, and disturbs it or its surroundings."""

import os
import random
import signal
import time
from collections.abc import Callable
from pathlib import Path

from tests.receivers import HttpReceiver
from tests.running import Running, Workspace

Fault = Callable[["Surroundings", random.Random], None]


class Surroundings:
    """What a fault can disturb: the store, the folder of sources, and the receiver of messages."""

    def __init__(self, workspace: Workspace, sources: Path, receiver: HttpReceiver, sync: tuple[str, ...]) -> None:
        self.workspace, self.sources, self.receiver, self.sync = workspace, sources, receiver, sync

    def start(self) -> Running:
        """Start the sync of the week."""
        return self.workspace.start("--module", "tests.soak.tasks", *self.sync)


def kill(surroundings: Surroundings, rng: random.Random) -> None:
    """SIGKILL of all processes of the run, after a random time."""
    running = surroundings.start()
    time.sleep(rng.uniform(1, 8))
    running.kill()


def interrupt(surroundings: Surroundings, rng: random.Random) -> None:
    """SIGTERM, as at a shutdown."""
    running = surroundings.start()
    time.sleep(rng.uniform(2, 8))
    if running.process.poll() is None:
        os.kill(running.process.pid, signal.SIGTERM)
    running.result()


def stop_database(surroundings: Surroundings, rng: random.Random) -> None:
    """The database server stops during the run."""
    running = surroundings.start()
    time.sleep(rng.uniform(2, 8))
    surroundings.workspace.stop()
    running.result()


def damage_source(surroundings: Surroundings, _: random.Random) -> None:
    """A zip is incomplete at first."""
    newest = max(surroundings.sources.glob("*.zip"), key=lambda path: path.stat().st_mtime_ns)
    content = newest.read_bytes()
    newest.write_bytes(content[: len(content) // 2])
    surroundings.start().result()
    newest.write_bytes(content)


def lose_sources(surroundings: Surroundings, _: random.Random) -> None:
    """The folder of sources is missing, as an unmounted disk is."""
    away = surroundings.sources.with_name("away")
    surroundings.sources.rename(away)
    surroundings.start().result()
    away.rename(surroundings.sources)


def refuse_messages(surroundings: Surroundings, _: random.Random) -> None:
    """The receiver refuses messages; the sync itself succeeds."""
    surroundings.receiver.status = 503
    surroundings.start().result()
    surroundings.receiver.status = 200


def nothing(_: Surroundings, __: random.Random) -> None:
    """No fault."""


FAULTS: tuple[Fault, ...] = (nothing, kill, interrupt, stop_database, damage_source, lose_sources, refuse_messages)
