"""The graph of steps that a task stands for, and a task from the words that name it."""

import difflib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import luigi
from luigi.cmdline_parser import CmdlineParser

import pipeline
from pipeline import events, notes, postgres
from pipeline.acquire import snapshot
from pipeline.errors import PipelineError
from pipeline.sources import Snapshot
from targets.asking import asked_once


def below(task: luigi.Task) -> list[luigi.Task]:
    """What must be done before a task; of a task that asks for its parts while it runs, these too."""
    return [*task.requires(), *(task.parts() if hasattr(task, "parts") else ())]


def graph(root: luigi.Task) -> list[luigi.Task]:
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
            waiting += [(each, False) for each in reversed(below(task))]
    return list(ordered.values())


@contextmanager
def looking() -> Iterator[None]:
    """One question about the whole graph: each target is asked once, and a database that was never made is not made."""
    with asked_once() as answers:
        if not postgres.is_there():
            answers["signatures"] = {}
        yield


def find(words: Sequence[str], snapshot_id: str = "") -> luigi.Task:
    """The task that words name as Luigi spells them; the snapshot and a file's hash need not be given.

    Raises PipelineError where there is no such task, or one of its parameters is missing or refused.
    """
    family, *rest = words
    if family not in pipeline.__all__:
        near = difflib.get_close_matches(family, pipeline.__all__, n=1)
        hint = f"did you mean {near[0]}?" if near else f"tasks are {', '.join(pipeline.__all__)}"
        raise PipelineError(f"{family}: expected the name of a task; {hint}")
    parameters = dict(getattr(pipeline, family).get_params())
    for name in notes.BYTES:
        if name in parameters and not any(word.startswith(f"--{name}") for word in rest):
            # AllReports itself takes the snapshot in force where none is named.
            value = snapshot_id if family == "AllReports" else _implied(name, rest, snapshot_id)
            rest += [f"--{name}", value] if value else []
    try:
        with CmdlineParser.global_instance([family, *rest], allow_override=True) as parsed:
            return parsed.get_task_obj()
    except luigi.parameter.MissingParameterException:
        needed = [f"--{name.replace('_', '-')}" for name in parameters if name not in notes.BYTES]
        raise PipelineError(
            f"{family}: expected {' and '.join(needed)}, found {' '.join(words[1:]) or 'none'}"
        ) from None
    except (ValueError, luigi.parameter.ParameterException) as error:
        if words_of_luigi := events.refused(error):
            raise PipelineError(f"{family}: {words_of_luigi}") from None
        raise


def _implied(name: str, words: Sequence[str], snapshot_id: str) -> str:
    """The snapshot in force, or the hash it gives to the source among the words; empty where none is among them."""
    identity = snapshot_id or Snapshot().current_id()
    if name == "snapshot":
        return identity
    files = {file.source: file.sha256 for file in snapshot.read(identity)}
    return next(
        (files[word.removeprefix("--source=")] for word in words if word.removeprefix("--source=") in files), ""
    )
