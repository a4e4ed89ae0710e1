"""The syncs of the soak test: `luigi --module tests.soak.tasks SoakWeekly --date DATE`."""

import luigi

import pipeline  # noqa: F401  Registers the worker and the event handlers, as `--module pipeline` does.
import tests.soak.clock  # noqa: F401  Sets the clock before the run begins.
from pipeline.tasks.release import PublishRelease
from pipeline.tasks.schedules import MonthlySync, Sync, WeeklySync
from pipeline.tasks.sources import CreateSnapshot


class UpToPublication(Sync):
    """A sync that ends with the publication: exports and pages are the same work every week."""

    def final_tasks(self) -> list[luigi.Task]:
        """Return the publication of the current snapshot."""
        return [PublishRelease(snapshot=CreateSnapshot().current_id())]


class SoakWeekly(UpToPublication, WeeklySync):
    """The sync of a week with a weekly file."""


class SoakMonthly(UpToPublication, MonthlySync):
    """The sync of a week with a database."""
