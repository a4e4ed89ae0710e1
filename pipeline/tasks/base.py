"""Step: a Luigi task that is complete when its output has the fingerprint of everything that determines it."""

import hashlib
import json
from collections.abc import Sequence
from functools import cache, cached_property
from pathlib import Path
from typing import Any, ClassVar, cast

import luigi

from pipeline import config_check, fingerprint
from pipeline.redaction import redact
from pipeline.tasks import retries
from targets.relations import cached_queries

Sections = tuple[type[luigi.Config], ...]

# Once per process: every task is constructed before it reads a setting.
require_valid_configuration = cache(config_check.require_valid)


class Step(luigi.Task):
    """A task whose output is identified by a fingerprint, not by its mere existence.

    A subclass defines `inputs`, `output` and a short `run`, and where needed `prerequisites` and `source_files`.
    The fingerprint covers everything that determines the result (`fingerprint_inputs`): significant parameters, the
    task's class, the modules in `code` and what they import, source files, library versions, significant settings, and
    the fingerprints of `inputs`. Comments, docstrings and formatting do not count. `prerequisites` must be complete
    before the task runs but do not determine its result. Targets compare the fingerprint they were written with, so a
    changed SQL file makes exactly the tasks that depend on it incomplete.

    `settings` are the sections of luigi.cfg that the task reads; `config` holds their values.
    `not_in_fingerprint` names parameters that select inputs but do not determine the result: with the same files, a
    task is complete for a newer snapshot too.
    """

    code: ClassVar[tuple[str, ...]] = ()
    settings: ClassVar[Sections] = ()
    libraries: ClassVar[tuple[str, ...]] = ()
    # Modules that take long to import: the run imports them once, and the processes of its tasks inherit them.
    preloaded: ClassVar[tuple[str, ...]] = ()
    not_in_fingerprint: ClassVar[tuple[str, ...]] = ("snapshot",)
    # Retried, besides lost connections, timeouts and conflicts in the database.
    temporary_errors: ClassVar[tuple[type[BaseException], ...]] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        require_valid_configuration()
        super().__init__(*args, **kwargs)
        # Read here, because a worker started by spawn does not see the command line.
        self.config: dict[type[luigi.Config], luigi.Config] = {section: section() for section in self.settings}

    @classmethod
    @cache
    def get_params(cls) -> list[tuple[str, luigi.Parameter]]:
        """Return the parameters of the class, which Luigi looks up for every task that is constructed."""
        return cast(list[tuple[str, luigi.Parameter]], super().get_params())

    def on_failure(self, exception: BaseException) -> str:
        """Return the text for the scheduler, without credentials; it says whether the task is retried."""
        return retries.explanation(exception, redact(super().on_failure(exception)), self.temporary_errors)

    def inputs(self) -> Sequence["Step"]:
        """Return the tasks whose results determine this result; their fingerprints are part of this fingerprint."""
        return ()

    def prerequisites(self) -> Sequence["Step"]:
        """Return the tasks that must be complete before this one runs but do not determine its result."""
        return ()

    def requires(self) -> list["Step"]:
        return [*self.inputs(), *self.prerequisites()]

    def source_files(self) -> Sequence[Path]:
        """Return the files other than Python that determine the result: SQL, templates, CSV and TOML files."""
        return ()

    def calls(self) -> Sequence[str]:
        """Return the modules that determine the result: `code`, unless they depend on a parameter."""
        return self.code

    def own_code(self) -> dict[str, str]:
        """Return {class name: digest} of the task's class and its bases below Step."""
        classes = type(self).__mro__[: type(self).__mro__.index(Step)]
        return {cls.__name__: fingerprint.digest_class(cls.__module__, cls.__name__) for cls in classes}

    def fingerprint_parameters(self) -> dict[str, str]:
        """Return {name: value as text} of the parameters that are part of the fingerprint."""
        parameters = self.to_str_params(only_significant=True)
        return {name: text for name, text in parameters.items() if name not in self.not_in_fingerprint}

    @cached_property
    def label(self) -> str:
        """The task with the parameters of its fingerprint: equal for every snapshot with the same files."""
        parameters = [f"{name}={text}" for name, text in sorted(self.fingerprint_parameters().items())]
        return f"{type(self).__name__}({', '.join(parameters)})"

    @cached_property
    def fingerprint_inputs(self) -> dict[str, str]:
        """{name: value or digest} of everything that determines the result; `plan` reports which of them changed."""
        files = {fingerprint.relative_path(path): fingerprint.digest_file(path) for path in self.source_files()}
        settings = {
            f"{section.__name__}.{name}": text
            for section, values in self.config.items()
            for name, text in values.to_str_params(only_significant=True).items()
        }
        kinds = {
            "parameter": self.fingerprint_parameters(),
            "code": self.own_code() | fingerprint.code_digests(self.calls()),
            "file": files,
            "library": {name: fingerprint.library_version(name) for name in self.libraries},
            "setting": settings,
            "input": {step.label: step.fingerprint for step in self.inputs()},
        }
        named = {f"{kind} {name}": value for kind, values in kinds.items() for name, value in values.items()}
        return {"task": type(self).__name__, **named}

    @cached_property
    def fingerprint(self) -> str:
        """16 hex digits of SHA-256 over `fingerprint_inputs` as JSON."""
        text = json.dumps(sorted(self.fingerprint_inputs.items()), ensure_ascii=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def complete(self) -> bool:
        """Return True if all inputs are complete and every output has this task's fingerprint."""
        with cached_queries() as results:
            if self.task_id not in results:
                # The fingerprint is computed first: a file edited during a run counts for the next run.
                targets = luigi.task.flatten(self.output()) if self.fingerprint else []
                inputs_complete = all(step.complete() for step in self.inputs())
                results[self.task_id] = inputs_complete and all(target.exists() for target in targets)
            return bool(results[self.task_id])


class DatabaseStep(Step):
    """A task that works inside the database; [resources] in luigi.cfg limits how many run at the same time."""

    resources: ClassVar[dict[str, int]] = {"postgres": 1}
