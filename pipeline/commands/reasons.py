"""Which steps would run, and why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import luigi

from pipeline import notes
from pipeline.commands.graph import below
from pipeline.sources import Sourced
from pipeline.step import Step


@dataclass(frozen=True)
class Line:
    """One step of a plan. `state` is done, `to run`, or `not asked for`: undone, and nothing that runs needs it."""

    step: str
    state: str
    reasons: list[str] = field(default_factory=list)


def plan(tasks: Sequence[luigi.Task]) -> list[Line]:
    """One line per task. `tasks` are in an order in which what others need comes first; the last one is the root."""
    complete = {task.task_id: bool(task.complete()) for task in tasks}
    asked = {tasks[-1].task_id}
    for task in reversed(tasks):
        if task.task_id in asked and not complete[task.task_id]:
            asked |= {each.task_id for each in below(task)}
    running = {identity for identity in asked if not complete[identity]}
    return [_line(task, complete[task.task_id], running) for task in tasks]


def _line(task: luigi.Task, is_complete: bool, running: set[str]) -> Line:
    name = notes.spelled(task)
    if is_complete:
        return Line(name, "done")
    if task.task_id not in running:
        return Line(name, "not asked for")
    return Line(name, "to run", reasons(task, running))


def reasons(task: luigi.Task, running: set[str]) -> list[str]:
    """Why a task that is not complete runs: what is different from the last time, else what became of its output."""
    inputs = task.inputs() if isinstance(task, Step) else below(task)
    waits = [f"its input {notes.spelled(each)} runs" for each in inputs if each.task_id in running]
    if not isinstance(task, Step):
        return waits
    note = notes.last(task)
    if note is None:
        return ["never built in this store"]
    found = [
        f"changed since: {name}" for name in changed(note["ingredients"], notes.named(task)) if not _in(name, waits)
    ]
    return [*found, *waits] or [
        "its place says something new" if isinstance(task, Sourced) else "its output is missing or was edited"
    ]


def changed(then: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """Names of the ingredients that came, went, or have another value."""
    return sorted(name for name in then.keys() | now.keys() if then.get(name) != now.get(name))


def _in(name: str, waits: Sequence[str]) -> bool:
    return f"its {name} runs" in waits
