"""The task graph: finds a task by its command line, lists its dependencies, and plans which tasks run and why."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import luigi
from luigi.cmdline_parser import CmdlineParser

import pipeline
from pipeline import run_errors, run_log
from pipeline.errors import PipelineError
from pipeline.ingest import snapshot
from pipeline.postgres.connection import database_exists
from pipeline.tasks.base import Step
from pipeline.tasks.sources import CreateSnapshot, LocationTask
from targets.relations import cached_queries


def dependencies(task: luigi.Task) -> list[luigi.Task]:
    """Return the tasks that a task requires, including those that AllReports yields while it runs."""
    return [*task.requires(), *(task.final_tasks() if hasattr(task, "final_tasks") else ())]


def task_graph(root: luigi.Task) -> list[luigi.Task]:
    """Return the task and all its dependencies, once each, dependencies first."""
    ordered: dict[str, luigi.Task] = {}

    def visit(task: luigi.Task) -> None:
        if task.task_id not in ordered:
            for dependency in dependencies(task):
                visit(dependency)
            ordered[task.task_id] = task

    visit(root)
    return list(ordered.values())


@contextmanager
def read_only_queries() -> Iterator[None]:
    """Cache queries of targets, and treat all relations as missing, without creating it, if there is no database."""
    with cached_queries() as results:
        if not database_exists():
            results["signatures"] = {}
        yield


def find_task(words: Sequence[str], snapshot_id: str = "") -> luigi.Task:
    """Return the task that words name in Luigi's syntax; snapshot and SHA-256 default to those of the current one.

    Raises PipelineError if there is no such task, or a parameter is missing or invalid.
    """
    family, *options = words
    if family not in pipeline.__all__:
        raise PipelineError(run_errors.describe_unknown_task(family))
    parameters = dict(getattr(pipeline, family).get_params())
    for name in run_log.CONTENT_PARAMETERS:
        if name in parameters and not any(word.startswith(f"--{name}") for word in options):
            # AllReports itself uses the current snapshot if none is given.
            value = snapshot_id if family == "AllReports" else _implied_value(name, options, snapshot_id)
            options += [f"--{name}", value] if value else []
    try:
        with CmdlineParser.global_instance([family, *options], allow_override=True) as parsed:
            return parsed.get_task_obj()
    except luigi.parameter.MissingParameterException:
        required = [f"--{name.replace('_', '-')}" for name in parameters if name not in run_log.CONTENT_PARAMETERS]
        raise PipelineError(
            f"{family}: expected {' and '.join(required)}, found {' '.join(words[1:]) or 'none'}; add what is missing"
        ) from None
    except (ValueError, luigi.parameter.ParameterException) as error:
        if message := run_errors.describe_parameter_error(error):
            raise PipelineError(f"{family}: {message}") from None
        raise


def _implied_value(name: str, words: Sequence[str], snapshot_id: str) -> str:
    """Return the current snapshot, or its SHA-256 of the source among the words; empty if no source is among them."""
    identity = snapshot_id or CreateSnapshot().current_id()
    if name == "snapshot":
        return identity
    files = {file.source: file.sha256 for file in snapshot.read_snapshot(identity)}
    return next(
        (files[word.removeprefix("--source=")] for word in words if word.removeprefix("--source=") in files), ""
    )


@dataclass(frozen=True)
class PlannedTask:
    """One task of a plan. `state` is `done`, `to run`, or `not needed`: incomplete, but no task that runs needs it."""

    step: str
    state: str
    reasons: list[str] = field(default_factory=list)


def plan_tasks(tasks: Sequence[luigi.Task]) -> list[PlannedTask]:
    """Return the plan for tasks in topological order, dependencies first; the last one is the task to run."""
    complete = {task.task_id: bool(task.complete()) for task in tasks}
    needed = {tasks[-1].task_id}
    for task in reversed(tasks):
        if task.task_id in needed and not complete[task.task_id]:
            needed |= {dependency.task_id for dependency in dependencies(task)}
    running = {task_id for task_id in needed if not complete[task_id]}
    return [_planned_task(task, complete[task.task_id], running) for task in tasks]


def _planned_task(task: luigi.Task, is_complete: bool, running: set[str]) -> PlannedTask:
    name = run_log.command_line(task)
    if task.task_id in running:
        return PlannedTask(name, "to run", reasons_to_run(task, running))
    return PlannedTask(name, "done" if is_complete else "not needed")


def reasons_to_run(task: luigi.Task, running: set[str]) -> list[str]:
    """Return why an incomplete task runs: what has changed since its last success, else the state of its output."""
    inputs = task.inputs() if isinstance(task, Step) else dependencies(task)
    running_inputs = [run_log.command_line(dependency) for dependency in inputs if dependency.task_id in running]
    waits = [f"its input {name} runs" for name in running_inputs]
    if not isinstance(task, Step):
        return waits
    record = run_log.last_success(task)
    if record is None:
        return ["never built in this store"]
    last, now = record["fingerprint_inputs"], run_log.named_inputs(task)
    names = sorted(name for name in last.keys() | now.keys() if last.get(name) != now.get(name))
    changes = [f"changed: {name}" for name in names if name.removeprefix("input ") not in running_inputs]
    return [*changes, *waits] or [
        task.reason if isinstance(task, LocationTask) else "its output is missing or was modified"
    ]
