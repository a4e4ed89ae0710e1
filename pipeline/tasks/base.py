"""Step: a Luigi task whose output is signed by everything that decides it."""

import hashlib
import json
from collections.abc import Sequence
from functools import cache, cached_property
from pathlib import Path
from typing import Any, ClassVar

import luigi

from pipeline import config, fingerprint
from targets.query_cache import cached_queries

Sections = tuple[type[luigi.Config], ...]

# Once in a process. Every way to run a step comes through its constructor, and none asks for a knob earlier.
require_valid_configuration = cache(config.require_valid)


class Step(luigi.Task):
    """One step. Subclasses say `inputs`, `prerequisites`, `source_files`, `output` and a thin `run`.

    `code` names the modules that `run` calls: they, and what they import, are part of the fingerprint. `settings` are the
    sections of luigi.cfg the step listens to. `not_in_fingerprint` names parameters that say which snapshot
    asks, not what the result is: they stay out of the fingerprint, so that a step that reads the same files is done for a
    newer snapshot too.
    """

    code: ClassVar[tuple[str, ...]] = ()
    settings: ClassVar[Sections] = ()
    libraries: ClassVar[tuple[str, ...]] = ()
    not_in_fingerprint: ClassVar[tuple[str, ...]] = ("snapshot",)
    # The same bytes fail again in the same way: only steps that ask the outside world are tried again.
    retry_count: ClassVar[int | None] = 1

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        require_valid_configuration()
        super().__init__(*args, **kwargs)
        # Read once, here: a worker started by spawn never sees the command line.
        self.config: dict[type[luigi.Config], luigi.Config] = {section: section() for section in self.settings}

    def inputs(self) -> Sequence["Step"]:
        """Steps that decide my result; their fingerprints are part of mine."""
        return ()

    def prerequisites(self) -> Sequence["Step"]:
        """Steps that must be done before me but decide nothing of my result."""
        return ()

    def requires(self) -> list["Step"]:
        """Inputs, then prerequisites."""
        return [*self.inputs(), *self.prerequisites()]

    def source_files(self) -> Sequence[Path]:
        """Files besides my Python whose text decides the result: SQL, templates, registries."""
        return ()

    def calls(self) -> Sequence[str]:
        """Modules that determine the result: `code`, unless a parameter decides which they are."""
        return self.code

    def own_code(self) -> dict[str, str]:
        """{class: digest} of the task's class and of those it extends, up to Step."""
        classes = type(self).__mro__[: type(self).__mro__.index(Step)]
        return {each.__name__: fingerprint.digest_class(each.__module__, each.__name__) for each in classes}

    @cached_property
    def label(self) -> str:
        """The task with its signed parameters: the same for every snapshot that asks for it."""
        parameters = self.to_str_params(only_significant=True)
        signed = [f"{name}={text}" for name, text in sorted(parameters.items()) if name not in self.not_in_fingerprint]
        return f"{type(self).__name__}({', '.join(signed)})"

    @cached_property
    def fingerprint_inputs(self) -> dict[str, str]:
        """Everything that decides the result, named: what `plan` compares to say why a step runs."""
        found = {"task": type(self).__name__}
        parameters = self.to_str_params(only_significant=True)
        found |= {f"parameter {name}": text for name, text in parameters.items() if name not in self.not_in_fingerprint}
        found |= {f"code {name}": digest for name, digest in self.own_code().items()}
        found |= {f"code {name}": digest for name, digest in fingerprint.code_digests(self.calls()).items()}
        found |= {
            f"file {fingerprint.relative_path(path)}": fingerprint.digest_file(path) for path in self.source_files()
        }
        found |= {f"library {name}": fingerprint.library_version(name) for name in self.libraries}
        for section, knobs in self.config.items():
            values = knobs.to_str_params(only_significant=True)
            found |= {f"setting {section.__name__}.{name}": text for name, text in values.items()}
        found |= {f"input {step.label}": step.fingerprint for step in self.inputs()}
        return found

    @cached_property
    def fingerprint(self) -> str:
        """16 hex digits over all fingerprint_inputs, in an encoding that cannot confuse two of them."""
        text = json.dumps(sorted(self.fingerprint_inputs.items()), ensure_ascii=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def complete(self) -> bool:
        """True where my output bears my fingerprint and everything that decides it is complete too."""
        with cached_queries() as answers:
            if self.task_id not in answers:
                # Fingerprinted before anything is asked: a file edited during a run counts for the next run, not for half of
                # this one.
                targets = luigi.task.flatten(self.output()) if self.fingerprint else []
                done = all(step.complete() for step in self.inputs())
                answers[self.task_id] = done and all(target.exists() for target in targets)
            return bool(answers[self.task_id])


class DatabaseStep(Step):
    """A step that works inside the database; luigi.cfg says how many of them may at the same time."""

    resources: ClassVar[dict[str, int]] = {"postgres": 1}
