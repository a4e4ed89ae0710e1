"""A task that exits while it is planned must not end the run as if it had succeeded."""

import sys

import luigi
import pytest
from luigi.scheduler import Scheduler

from pipeline.errors import PipelineError
from pipeline.run_worker import RunWorker


class Exits(luigi.Task):
    """A task that ends the process in one of its methods."""

    method = luigi.Parameter()
    code = luigi.OptionalParameter()

    def complete(self) -> bool:
        return bool(self.method == "complete" and sys.exit(self.code))

    def requires(self) -> list[luigi.Task]:
        return [] if self.method != "requires" else sys.exit(self.code)


class NeedsExits(luigi.WrapperTask):
    """A task that requires it."""

    method, code = luigi.Parameter(), luigi.OptionalParameter()

    def requires(self) -> Exits:
        return Exits(method=self.method, code=self.code)


@pytest.mark.parametrize("method", ["complete", "requires"])
@pytest.mark.parametrize("code", [None, "a message"])
@pytest.mark.parametrize("task", [Exits, NeedsExits])
def test_a_task_that_exits_in_planning_is_an_error(task: type[luigi.Task], code: str | None, method: str) -> None:
    worker = RunWorker(scheduler=Scheduler())
    with pytest.raises(PipelineError, match=rf"planning of {task.__name__}\(.*: expected .* with {code}; correct"):
        worker.add(task(method=method, code=code))
