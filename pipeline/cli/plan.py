"""List the tasks that a run would execute now, and why, without running or creating anything.

A task is `done` or `to run`. Reasons: it was never built in this store; something that determines its result has
changed (named); one of its inputs runs; its output is missing or was modified. Completed tasks are only counted, unless
--all is given. Files at the source location that are not used are listed, with the reason.
"""

import argparse
import json
from collections.abc import Iterator

from pipeline.cli.task_graph import PlannedTask, find_task, plan_tasks, read_only_queries, task_graph
from pipeline.errors import SnapshotNotFound
from pipeline.ingest import source_state
from pipeline.ingest.editions import format_ignored
from pipeline.tasks.sources import CreateSnapshot

SUMMARY = "list the tasks that would run, and why"
MAX_REASONS = 4


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("task", nargs="?", default="AllReports", help="a task and its parameters (default: AllReports)")
    parser.add_argument("--snapshot", default="", metavar="ID", help="a snapshot other than the current one")
    parser.add_argument("--all", action="store_true", help="list completed tasks too")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(options: argparse.Namespace) -> int:
    lines, remark = make_plan([options.task, *options.rest], options.snapshot)
    if options.json:
        steps = [{"step": line.step, "state": line.state, "reasons": line.reasons} for line in lines]
        to_run = sum(line.state == "to run" for line in lines)
        ignored = {item.name: item.reason for item in source_state.ignored_files()}
        print(json.dumps({"steps": steps, "to_run": to_run, "remark": remark, "ignored": ignored}, indent=1))
    else:
        print("\n".join([*format_text(lines, remark, options.all), *format_ignored(source_state.ignored_files())]))
    return 0


def make_plan(words: list[str], snapshot_id: str) -> tuple[list[PlannedTask], str]:
    """Return the planned tasks and a remark; without a snapshot, only the tasks up to CreateSnapshot."""
    with read_only_queries():
        try:
            return plan_tasks(task_graph(find_task(words, snapshot_id))), _staleness_note(words, snapshot_id)
        except SnapshotNotFound:
            if snapshot_id:
                raise
            # All later tasks depend on which files the snapshot lists.
            return plan_tasks(task_graph(CreateSnapshot())), "Later tasks are known after CreateSnapshot has run."


def _staleness_note(words: list[str], snapshot_id: str) -> str:
    """Return a remark if the planned snapshot is older than the sources, or an empty string."""
    if snapshot_id or words[0] in ("CreateSnapshot", "DownloadSource", "CheckSource") or CreateSnapshot().complete():
        return ""
    return "The sources have changed since the last run: the plan may change after CreateSnapshot has run."


def format_text(lines: list[PlannedTask], remark: str, show_all: bool) -> Iterator[str]:
    """Yield the plan as lines of text, with the number of tasks."""
    for line in lines:
        if line.state == "to run":
            more = f"; and {len(line.reasons) - MAX_REASONS} more reasons" if len(line.reasons) > MAX_REASONS else ""
            yield f"to run  {line.step}: {'; '.join(line.reasons[:MAX_REASONS])}{more}"
        elif show_all:
            yield f"{'done' if line.state == 'done' else 'idle':<6}  {line.step}"
    count = {state: sum(line.state == state for line in lines) for state in ("to run", "done", "not needed")}
    idle = f", {count['not needed']} incomplete but not needed" if count["not needed"] else ""
    yield f"{len(lines)} tasks, {count['to run']} to run, {count['done']} done{idle}."
    if remark:
        yield remark
