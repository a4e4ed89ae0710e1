"""Prints the whole task graph of a snapshot as JSON, with network and database out of reach: it needs neither.

Run as `python walk.py SNAPSHOT` in a process of its own, so that no state of other tests is reused.
"""

import ast
import json
import os
import socket
import sys
from collections.abc import Iterable
from typing import Any


def refuse(*arguments: Any, **_: Any) -> Any:
    """Replaces functions that open connections or start programs."""
    raise AssertionError(f"task graph: expected no connection and no program, found {arguments}")


def disable_connections() -> None:
    """Disables sockets, PostgreSQL connections and subprocesses; files stay readable, as tasks have source files."""
    import subprocess

    import psycopg2

    # Replaced on purpose, which types do not allow for methods and classes.
    socket.socket.connect = socket.create_connection = psycopg2.connect = refuse  # type: ignore[method-assign]
    subprocess.Popen = refuse  # type: ignore[assignment,misc]
    os.environ["PATH"] = "/nowhere"


def all_tasks(roots: Iterable[Any]) -> list[Any]:
    """The roots and every task they depend on, once per task, sorted by task id."""
    tasks: dict[str, Any] = {}
    pending = list(roots)
    while pending:
        task = pending.pop()
        if task.task_id not in tasks:
            tasks[task.task_id] = task
            pending += [*task.inputs(), *task.prerequisites()]
    return [tasks[name] for name in sorted(tasks)]


def describe(task: Any) -> dict[str, Any]:
    """One task as JSON values that do not depend on where the store is."""
    import luigi

    from pipeline import config, fingerprint

    outputs = [
        repr(target).replace(str(config.store_folder()), "STORE") for target in luigi.task.flatten(task.output())
    ]
    return {
        "step": str(task),
        "family": task.task_family,
        "module": type(task).__module__,
        "fingerprint": task.fingerprint,
        "outputs": outputs,
        "inputs": [str(dependency) for dependency in task.inputs()],
        "prerequisites": [str(dependency) for dependency in task.prerequisites()],
        "source_files": [fingerprint.relative_path(path) for path in task.source_files()],
        "fingerprint_inputs": task.fingerprint_inputs,
    }


def settings_constructed(text: str, sections: set[str]) -> list[str]:
    """`Class.method: Section` for every settings section that a method other than `__init__` constructs."""
    calls: list[str] = []
    for task in (node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.ClassDef)):
        for method in (node for node in task.body if isinstance(node, ast.FunctionDef) and node.name != "__init__"):
            for call in (node for node in ast.walk(method) if isinstance(node, ast.Call)):
                name = getattr(call.func, "attr", getattr(call.func, "id", ""))
                calls += [f"{task.name}.{method.name}: {name}"] if name in sections else []
    return calls


if __name__ == "__main__":
    import pipeline

    disable_connections()
    tasks = all_tasks(pipeline.AllReports(snapshot=sys.argv[1]).final_tasks())
    print(json.dumps([describe(task) for task in tasks]))
