"""Notes on the last run of each step: what went into it, how long it took, or why it failed.

`steps/<name>.json` = {step, stamp, ingredients, seconds, ended_ns},
`steps/<name>.failed.json` = {step, sentence, ended_ns}.
They decide nothing: `complete()` never reads them. They only let `plan` and `why` say what is different from last time.
"""

import re
import time
from pathlib import Path
from typing import Any

import luigi

from pipeline import jsonfile, settings
from pipeline.step import Step

# They say which bytes are worked on, not which step it is: a new avall is compared with the avall before.
BYTES = ("snapshot", "sha256")


def spelled(task: luigi.Task) -> str:
    """The task as it is typed: `Build --table aircraft`."""
    parameters = task.to_str_params(only_significant=True)
    words = [f"--{name.replace('_', '-')} {text}" for name, text in parameters.items() if name not in BYTES]
    return " ".join([task.task_family, *words])


def named(step: Step) -> dict[str, str]:
    """The step's ingredients, its inputs spelled as they are typed."""
    own = {name: text for name, text in step.ingredients.items() if not name.startswith("input ")}
    return own | {f"input {spelled(each)}": each.stamp for each in step.inputs()}


def last(step: Step) -> dict[str, Any] | None:
    """The note on the last time the step succeeded in this store, None where it never did."""
    return jsonfile.read(_path(step))


def note_success(step: Step, seconds: float) -> None:
    """Notes what went into a step that has succeeded, and how long it took."""
    facts = {"step": spelled(step), "stamp": step.stamp, "ingredients": named(step)}
    jsonfile.try_write(_path(step), facts | {"seconds": round(seconds, 3), "ended_ns": time.time_ns()})
    _path(step, ".failed").unlink(missing_ok=True)


def note_failure(step: luigi.Task, sentence: str) -> None:
    """Notes why a step has failed."""
    facts = {"step": spelled(step), "sentence": sentence, "ended_ns": time.time_ns()}
    jsonfile.try_write(_path(step, ".failed"), facts)


def since(moment_ns: int) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Notes on steps that have succeeded, and on those that have failed, since a moment; in order of their ends."""
    found = [
        note for path in _folder().glob("*.json") if (note := jsonfile.read(path)) and note["ended_ns"] >= moment_ns
    ]
    found.sort(key=lambda note: note["ended_ns"])
    return [note for note in found if "seconds" in note], [note for note in found if "sentence" in note]


def _folder() -> Path:
    return settings.targets_folder() / "steps"


def _path(task: luigi.Task, suffix: str = "") -> Path:
    words = re.sub(r"[^\w.-]+", "-", spelled(task).replace(" --", "_"))
    return _folder() / f"{words}{suffix}.json"
