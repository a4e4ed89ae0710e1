"""What must hold after the weeks of a soak test."""

import statistics
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from tests.running import Workspace

# Days of the details (the default) and of the summaries of runs.
DETAIL_DAYS, SUMMARY_DAYS = 30, 180
# After these faults, the measured run does all the work of the week.
WITHOUT_PROGRESS = ("nothing", "damage_source", "lose_sources")
# Growth of the last third of the weeks over the first that is no leak: files and history grow with each release.
MAX_COST, MAX_MEMORY, MAX_BYTES_PER_SYNC = 1.5, 1.15, 1_000_000


@dataclass(frozen=True)
class Week:
    """What was measured after one sync; `memory_bytes` is the largest process until then."""

    number: int
    fault: str
    seconds: float
    cpu_s: float
    store_bytes: int
    database_bytes: int
    memory_bytes: int
    connections: int
    temporary_files: tuple[str, ...]
    changes: int
    events: int

    def __str__(self) -> str:
        sizes = f"store {self.store_bytes / 1e6:.1f} MB, database {self.database_bytes / 1e6:.1f} MB"
        return (
            f"week {self.number:>3}  {self.fault:<16}{self.seconds:>7.1f} s {self.cpu_s:>6.1f} s CPU  {sizes}, memory "
            f"{self.memory_bytes / 1e6:.0f} MB, {self.connections} connections, {self.events} events, "
            f"{self.changes} changes"
        )


def leaks(weeks: Sequence[Week]) -> Iterator[str]:
    """Yield what is left after a sync, and what grows from week to week."""
    for week in weeks:
        if week.connections or week.temporary_files:
            files = ", ".join(week.temporary_files)
            yield f"week {week.number}: expected nothing left, found {week.connections} connections, files {files}"
    if len(weeks) < 12:
        return
    third = len(weeks) // 3
    # The first week builds everything, and the first database after it is the first to be compared with another.
    first, last = weeks[1 : 1 + third], weeks[-third:]
    costs = [[week.cpu_s for week in part if week.fault in WITHOUT_PROGRESS] for part in (first, last)]
    if all(costs):
        before, after = map(statistics.median, costs)
        if after > MAX_COST * before:
            yield f"CPU time: expected at most {MAX_COST} x {before:.1f} s, found {after:.1f} s"
    if weeks[-1].memory_bytes > MAX_MEMORY * first[-1].memory_bytes:
        yield f"memory: expected at most {MAX_MEMORY} x {first[-1].memory_bytes}, found {weeks[-1].memory_bytes}"
    for name in ("store_bytes", "database_bytes"):
        sizes = [statistics.median(getattr(week, name) for week in part) for part in (first, last)]
        growth = (sizes[1] - sizes[0]) / (len(weeks) - third)
        if growth > MAX_BYTES_PER_SYNC:
            yield f"{name}: expected growth of at most {MAX_BYTES_PER_SYNC} per sync, found {growth:.0f}"


def messages(summaries: Iterable[Mapping[str, Any]], accepted: Sequence[str], weeks: int) -> Iterator[str]:
    """Yield the messages that the receiver did not accept exactly once."""
    expected = [f"run-{item['run']}" for item in summaries if item["published"] or item["state"] != "succeeded"]
    # Every event is in Alaska; the first release changes none.
    expected += [f"watch-{number}-Alaska" for number in range(2, weeks + 1)]
    counts = Counter(accepted)
    for name in sorted({*expected, *counts}):
        if counts[name] != expected.count(name):
            yield f"message {name}: expected {expected.count(name)}, found {counts[name]}"


def pruning(workspace: Workspace, summaries: Mapping[str, Any], today: str) -> Iterator[str]:
    """Yield the runs whose summary or details `gc` should have kept or deleted, as files and in audit.run_log."""

    def days(run: str) -> int:
        return (date.fromisoformat(today) - date.fromisoformat(run[:8])).days

    kept = {run for run in summaries if days(run) <= SUMMARY_DAYS}
    detailed = {run for run in summaries if days(run) <= DETAIL_DAYS}
    folder = workspace.targets / "runs"
    states = {
        "summaries": (kept, {path.parent.name for path in folder.glob("*/run.json")}),
        "details": (detailed, {path.parent.name for path in folder.glob("*/run.txt")}),
        "audit.run_log": (kept, {run for (run,) in workspace.query("select run from audit.run_log")}),
    }
    for name, (expected, actual) in states.items():
        if expected != actual:
            missing, surplus = sorted(expected - actual), sorted(actual - expected)
            yield f"{name}: expected {len(expected)} runs, found {missing} missing and {surplus} in addition"


def history(changes: Mapping[str, Any], expected: Mapping[str, Any]) -> Iterator[str]:
    """Yield the releases, in order, whose changed events are not those of the files."""
    if list(changes) != list(expected):
        yield f"history: expected the releases {list(expected)}, found {list(changes)}"
    for name in changes.keys() & expected.keys():
        if changes[name] != expected[name]:
            yield f"history of {name}: expected {expected[name]}, found {changes[name]}"
