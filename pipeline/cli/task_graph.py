"""The graph of steps that a task stands for, and a task from the words that name it.

Which steps would run, and why.
"""

import difflib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import luigi
from luigi.cmdline_parser import CmdlineParser

import pipeline
from pipeline import run_log
from pipeline.errors import PipelineError
from pipeline.ingest import snapshot
from pipeline.postgres.connection import database_exists
from pipeline.tasks.base import Step
from pipeline.tasks.sources import CreateSnapshot, LocationTask
from targets.query_cache import cached_queries


def dependencies(task: luigi.Task) -> list[luigi.Task]:
    """What must be done before a task; of a task that asks for its parts while it runs, these too."""
    return [*task.requires(), *(task.final_tasks() if hasattr(task, "final_tasks") else ())]


def task_graph(root: luigi.Task) -> list[luigi.Task]:
    """Every task from the root down, what others need first, each once."""
    ordered: dict[str, luigi.Task] = {}
    waiting: list[tuple[luigi.Task, bool]] = [(root, False)]
    seen: set[str] = set()
    while waiting:
        task, is_open = waiting.pop()
        if is_open:
            ordered[task.task_id] = task
        elif task.task_id not in seen:
            seen.add(task.task_id)
            waiting.append((task, True))
            waiting += [(each, False) for each in reversed(dependencies(task))]
    return list(ordered.values())


@contextmanager
def read_only_queries() -> Iterator[None]:
    """One question about the whole graph: each target is asked once, and a database that was never made is not made."""
    with cached_queries() as answers:
        if not database_exists():
            answers["signatures"] = {}
        yield


def find_task(words: Sequence[str], snapshot_id: str = "") -> luigi.Task:
    """The task that words name as Luigi spells them; the snapshot and a file's hash need not be given.

    Raises PipelineError where there is no such task, or one of its parameters is missing or refused.
    """
    family, *rest = words
    if family not in pipeline.__all__:
        near = difflib.get_close_matches(family, pipeline.__all__, n=1)
        hint = f"did you mean {near[0]}?" if near else f"tasks are {', '.join(pipeline.__all__)}"
        raise PipelineError(f"{family}: expected the name of a task; {hint}")
    parameters = dict(getattr(pipeline, family).get_params())
    for name in run_log.CONTENT_PARAMETERS:
        if name in parameters and not any(word.startswith(f"--{name}") for word in rest):
            # AllReports itself takes the snapshot in force where none is named.
            value = snapshot_id if family == "AllReports" else _implied_value(name, rest, snapshot_id)
            rest += [f"--{name}", value] if value else []
    try:
        with CmdlineParser.global_instance([family, *rest], allow_override=True) as parsed:
            return parsed.get_task_obj()
    except luigi.parameter.MissingParameterException:
        needed = [f"--{name.replace('_', '-')}" for name in parameters if name not in run_log.CONTENT_PARAMETERS]
        raise PipelineError(
            f"{family}: expected {' and '.join(needed)}, found {' '.join(words[1:]) or 'none'}"
        ) from None
    except (ValueError, luigi.parameter.ParameterException) as error:
        if words_of_luigi := run_log.parameter_error(error):
            raise PipelineError(f"{family}: {words_of_luigi}") from None
        raise


def _implied_value(name: str, words: Sequence[str], snapshot_id: str) -> str:
    """The snapshot in force, or the hash it gives to the source among the words; empty where none is among them."""
    identity = snapshot_id or CreateSnapshot().current_id()
    if name == "snapshot":
        return identity
    files = {file.source: file.sha256 for file in snapshot.read_snapshot(identity)}
    return next(
        (files[word.removeprefix("--source=")] for word in words if word.removeprefix("--source=") in files), ""
    )


@dataclass(frozen=True)
class PlannedTask:
    """One step of a plan. `state` is done, `to run`, or `not asked for`: undone, and nothing that runs needs it."""

    step: str
    state: str
    reasons: list[str] = field(default_factory=list)


def plan_tasks(tasks: Sequence[luigi.Task]) -> list[PlannedTask]:
    """One line per task. `tasks` are in an order in which what others need comes first; the last one is the root."""
    complete = {task.task_id: bool(task.complete()) for task in tasks}
    asked = {tasks[-1].task_id}
    for task in reversed(tasks):
        if task.task_id in asked and not complete[task.task_id]:
            asked |= {each.task_id for each in dependencies(task)}
    running = {identity for identity in asked if not complete[identity]}
    return [_planned_task(task, complete[task.task_id], running) for task in tasks]


def _planned_task(task: luigi.Task, is_complete: bool, running: set[str]) -> PlannedTask:
    name = run_log.command_line(task)
    if is_complete:
        return PlannedTask(name, "done")
    if task.task_id not in running:
        return PlannedTask(name, "not asked for")
    return PlannedTask(name, "to run", reasons_to_run(task, running))


def reasons_to_run(task: luigi.Task, running: set[str]) -> list[str]:
    """Why a task that is not complete runs: what is different from the last time, else what became of its output."""
    inputs = task.inputs() if isinstance(task, Step) else dependencies(task)
    waits = [f"its input {run_log.command_line(each)} runs" for each in inputs if each.task_id in running]
    if not isinstance(task, Step):
        return waits
    note = run_log.last_success(task)
    if note is None:
        return ["never built in this store"]
    found = [
        f"changed since: {name}"
        for name in changed_inputs(note["fingerprint_inputs"], run_log.named_inputs(task))
        if not _is_covered(name, waits)
    ]
    return [*found, *waits] or [
        "its place says something new" if isinstance(task, LocationTask) else "its output is missing or was edited"
    ]


def changed_inputs(then: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """Names of the fingerprint_inputs that came, went, or have another value."""
    return sorted(name for name in then.keys() | now.keys() if then.get(name) != now.get(name))


def _is_covered(name: str, waits: Sequence[str]) -> bool:
    return f"its {name} runs" in waits
