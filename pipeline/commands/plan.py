"""Says which steps a run would take now, and why, without running or making anything.

Each step is `done` or `to run`. Reasons: it was never built in this store; what decides it has changed (named);
an input of it runs; its output is missing or was edited. Steps that are done are counted; --all lists them too.
"""

import argparse
import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipeline.commands.reasons import Line

SUMMARY = "what would run, and why"
SHOWN = 4


def arguments(parser: argparse.ArgumentParser) -> None:
    """The task, and how to show the answer."""
    parser.add_argument("task", nargs="?", default="AllReports", help="a task and its parameters (default: AllReports)")
    parser.add_argument("--snapshot", default="", metavar="ID", help="another snapshot than the one in force")
    parser.add_argument("--all", action="store_true", help="list the steps that are done too")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(options: argparse.Namespace) -> int:
    """Prints the plan."""
    lines, remark = look([options.task, *options.rest], options.snapshot)
    if options.json:
        steps = [{"step": line.step, "state": line.state, "reasons": line.reasons} for line in lines]
        to_run = sum(line.state == "to run" for line in lines)
        print(json.dumps({"steps": steps, "to_run": to_run, "remark": remark}, indent=1))
    else:
        print("\n".join(shown(lines, remark, options.all)))
    return 0


def look(words: list[str], snapshot_id: str) -> tuple[list["Line"], str]:
    """The lines of a plan, and what must be said of it; without a snapshot, those of the step that makes one."""
    from pipeline.commands.graph import find, graph, looking
    from pipeline.commands.reasons import plan
    from pipeline.errors import SnapshotMissing
    from pipeline.sources import Snapshot

    with looking():
        try:
            return plan(graph(find(words, snapshot_id))), _freshness(words, snapshot_id)
        except SnapshotMissing:
            if snapshot_id:
                raise
            # Which files there are decides all that follows.
            return plan(graph(Snapshot())), "The steps that follow are known once Snapshot has run."


def _freshness(words: list[str], snapshot_id: str) -> str:
    from pipeline.sources import Snapshot

    if snapshot_id or words[0] in ("Snapshot", "Download", "CheckSource") or Snapshot().complete():
        return ""
    return "The sources are not those of the last run: the plan may change once Snapshot has run."


def shown(lines: list["Line"], remark: str, is_whole: bool) -> Iterator[str]:
    """The plan as text, and how many steps there are."""
    for line in lines:
        if line.state == "to run":
            more = f"; and {len(line.reasons) - SHOWN} more reasons" if len(line.reasons) > SHOWN else ""
            yield f"to run  {line.step}: {'; '.join(line.reasons[:SHOWN])}{more}"
        elif is_whole:
            yield f"{'done' if line.state == 'done' else 'idle':<6}  {line.step}"
    count = {state: sum(line.state == state for line in lines) for state in ("to run", "done", "not asked for")}
    idle = f", {count['not asked for']} undone but not needed" if count["not asked for"] else ""
    yield f"{len(lines)} steps, {count['to run']} to run, {count['done']} done{idle}."
    if remark:
        yield remark
