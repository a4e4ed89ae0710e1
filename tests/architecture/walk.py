"""Prints the whole graph of a snapshot as JSON, with network and database out of reach: nothing of it needs them.

Run as `python walk.py SNAPSHOT`; a process of its own, so that nothing is remembered from other tests.
"""

import ast
import json
import os
import socket
import sys
from collections.abc import Iterable
from typing import Any


def refuse(*arguments: Any, **_: Any) -> Any:
    """Takes the place of what opens connections and starts programs."""
    raise AssertionError(f"the graph asks the outside world: {arguments}")


def shut() -> None:
    """Closes the ways out. Reading files is allowed: recipes are files."""
    import subprocess

    import psycopg2

    # Replaced on purpose, which types do not allow for methods and classes.
    socket.socket.connect = socket.create_connection = psycopg2.connect = refuse  # type: ignore[method-assign]
    subprocess.Popen = refuse  # type: ignore[assignment,misc]
    os.environ["PATH"] = "/nowhere"


def everything(roots: Iterable[Any]) -> list[Any]:
    """Every step above the roots, each once, in order of task id."""
    found: dict[str, Any] = {}
    waiting = list(roots)
    while waiting:
        step = waiting.pop()
        if step.task_id not in found:
            found[step.task_id] = step
            waiting += [*step.inputs(), *step.prerequisites()]
    return [found[name] for name in sorted(found)]


def described(step: Any) -> dict[str, Any]:
    """One step, with nothing that depends on where the store is."""
    import luigi

    from pipeline import config, fingerprint

    outputs = [
        repr(target).replace(str(config.store_folder()), "STORE") for target in luigi.task.flatten(step.output())
    ]
    return {
        "step": str(step),
        "family": step.task_family,
        "module": type(step).__module__,
        "fingerprint": step.fingerprint,
        "outputs": outputs,
        "inputs": [str(each) for each in step.inputs()],
        "prerequisites": [str(each) for each in step.prerequisites()],
        "source_files": [fingerprint.relative_path(path) for path in step.source_files()],
        "fingerprint_inputs": step.fingerprint_inputs,
    }


def constructions(text: str, sections: set[str]) -> list[str]:
    """`Class.method: Section` for every settings section that a method of a task makes, its constructor aside."""
    found = []
    for task in (node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.ClassDef)):
        for method in (node for node in task.body if isinstance(node, ast.FunctionDef) and node.name != "__init__"):
            for call in (node for node in ast.walk(method) if isinstance(node, ast.Call)):
                name = getattr(call.func, "attr", getattr(call.func, "id", ""))
                found += [f"{task.name}.{method.name}: {name}"] if name in sections else []
    return found


if __name__ == "__main__":
    import pipeline

    shut()
    steps = everything(pipeline.AllReports(snapshot=sys.argv[1]).parts())
    print(json.dumps([described(step) for step in steps]))
