"""Says which steps a run would take now, and why, without running or making anything.

Each step is `done` or `to run`. Reasons: it was never built in this store; what decides it has changed (named);
an input of it runs; its output is missing or was edited. Steps that are done are counted; --all lists them too.
"""

import argparse
import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipeline.cli.task_graph import PlannedTask

SUMMARY = "what would run, and why"
MAX_REASONS = 4


def arguments(parser: argparse.ArgumentParser) -> None:
    """The task, and how to show the answer."""
    parser.add_argument("task", nargs="?", default="AllReports", help="a task and its parameters (default: AllReports)")
    parser.add_argument("--snapshot", default="", metavar="ID", help="another snapshot than the one in force")
    parser.add_argument("--all", action="store_true", help="list the steps that are done too")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(options: argparse.Namespace) -> int:
    """Prints the plan."""
    lines, remark = make_plan([options.task, *options.rest], options.snapshot)
    if options.json:
        steps = [{"step": line.step, "state": line.state, "reasons": line.reasons} for line in lines]
        to_run = sum(line.state == "to run" for line in lines)
        print(json.dumps({"steps": steps, "to_run": to_run, "remark": remark}, indent=1))
    else:
        print("\n".join(format_text(lines, remark, options.all)))
    return 0


def make_plan(words: list[str], snapshot_id: str) -> tuple[list["PlannedTask"], str]:
    """The lines of a plan, and what must be said of it; without a snapshot, those of the step that makes one."""
    from pipeline.cli.task_graph import find_task, plan_tasks, read_only_queries, task_graph
    from pipeline.errors import SnapshotNotFound
    from pipeline.tasks.sources import CreateSnapshot

    with read_only_queries():
        try:
            return plan_tasks(task_graph(find_task(words, snapshot_id))), _staleness_note(words, snapshot_id)
        except SnapshotNotFound:
            if snapshot_id:
                raise
            # Which files there are decides all that follows.
            return plan_tasks(task_graph(CreateSnapshot())), "The steps that follow are known once Snapshot has run."


def _staleness_note(words: list[str], snapshot_id: str) -> str:
    from pipeline.tasks.sources import CreateSnapshot

    if snapshot_id or words[0] in ("CreateSnapshot", "DownloadSource", "CheckSource") or CreateSnapshot().complete():
        return ""
    return "The sources are not those of the last run: the plan may change once Snapshot has run."


def format_text(lines: list["PlannedTask"], remark: str, is_whole: bool) -> Iterator[str]:
    """The plan as text, and how many steps there are."""
    for line in lines:
        if line.state == "to run":
            more = f"; and {len(line.reasons) - MAX_REASONS} more reasons" if len(line.reasons) > MAX_REASONS else ""
            yield f"to run  {line.step}: {'; '.join(line.reasons[:MAX_REASONS])}{more}"
        elif is_whole:
            yield f"{'done' if line.state == 'done' else 'idle':<6}  {line.step}"
    count = {state: sum(line.state == state for line in lines) for state in ("to run", "done", "not asked for")}
    idle = f", {count['not asked for']} undone but not needed" if count["not asked for"] else ""
    yield f"{len(lines)} steps, {count['to run']} to run, {count['done']} done{idle}."
    if remark:
        yield remark
