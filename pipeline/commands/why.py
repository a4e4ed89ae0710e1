"""Says what decides one step: its stamp, every ingredient with its value, what is different from the last build.

The task is spelled as for Luigi: `why Build --table aircraft`. The snapshot in force, and the hash of a source's zip,
need not be given.

`why row ntsb.aircraft EV_ID 1` says where a published row is from: the file, its hash, the row in it as it stands
there, which rule made which value of it, and the flags on it.
"""

import argparse
import json
from collections.abc import Iterator
from typing import Any

SUMMARY = "what decides one step, and what is different from its last build"


def arguments(parser: argparse.ArgumentParser) -> None:
    """The task, and how to show the answer."""
    parser.add_argument("task", metavar="TASK", help="a task and its parameters, as Luigi spells them; or `row`")
    parser.add_argument("words", nargs="*", metavar="WORD", help="after `row`: a table, and the values of its key")
    parser.add_argument("--snapshot", default="", metavar="ID", help="another snapshot than the one in force")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(options: argparse.Namespace) -> int:
    """Prints the answer."""
    if options.task == "row":
        from pipeline.commands import why_row

        return why_row.show([*options.words, *options.rest], options.json)
    facts = look([options.task, *options.words, *options.rest], options.snapshot)
    print(json.dumps(facts, indent=1) if options.json else "\n".join(shown(facts)))
    return 0


def look(words: list[str], snapshot_id: str) -> dict[str, Any]:
    """{step, stamp, state, reasons, ingredients, last, requires}; `last`: ingredients of the last build, or None."""
    from pipeline import notes
    from pipeline.commands.graph import below, find, graph, looking
    from pipeline.commands.reasons import plan
    from pipeline.step import Step

    task = find(words, snapshot_id)
    with looking():
        line = plan(graph(task))[-1]
        is_step = isinstance(task, Step)
        note = notes.last(task) if is_step else None
        return {
            "step": line.step,
            "stamp": task.stamp if is_step else None,
            "state": line.state,
            "reasons": line.reasons,
            "ingredients": notes.named(task) if is_step else {},
            "last": note["ingredients"] if note else None,
            "requires": [notes.spelled(each) for each in below(task)],
        }


def shown(facts: dict[str, Any]) -> Iterator[str]:
    """The answer as text: `*` marks what is different from the last build."""
    yield f"{facts['step']}: {facts['state']}{': ' if facts['reasons'] else ''}{'; '.join(facts['reasons'])}"
    yield f"stamp {facts['stamp']}" if facts["stamp"] else "without a stamp: it is done when all it requires is done"
    now, then = facts["ingredients"], facts["last"] or facts["ingredients"]
    width = max(map(len, [*now, *then]), default=0)
    for name in sorted({*now, *then}):
        before = "" if now.get(name) == then.get(name) else f"   was {then.get(name, 'not there')}"
        yield f"{'*' if before else ' '} {name:<{width}}  {now.get(name, 'not there')}{before}"
    yield f"requires {', '.join(facts['requires']) or 'nothing'}"
