"""Tasks that a timer starts, one per date: syncs, analytics and retraining. Each ends with a record of what it did.

The date identifies the run of the schedule: a second run for the same date does nothing, and a failed one continues.
Nothing new is a success.
"""

import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import luigi
import luigi.worker

from pipeline import config
from pipeline.config import Operations, Training
from pipeline.errors import SourceUnreachable
from pipeline.ingest import source_state
from pipeline.operations import run_summaries, schedule_records
from pipeline.postgres.connection import fetch_value, transaction
from pipeline.redaction import redact
from pipeline.tasks import retries
from pipeline.tasks.base import require_valid_configuration
from pipeline.tasks.export import ExportParquet
from pipeline.tasks.reports import AllReports, RenderReport
from pipeline.tasks.severity import ScoreEvents, TrainSeverityModel
from pipeline.tasks.sources import CreateSnapshot
from pipeline.warehouse.release.publish import current_release

# {file in analytics/: materialized view}
STATISTICS = {
    "yearly_statistics": "mv_yearly_stats",
    "state_statistics": "mv_state_stats",
    "aircraft_statistics": "mv_aircraft_stats",
}


@dataclass(frozen=True)
class ScheduleRecord(luigi.Target):
    """The record of a schedule for a date; exists once the schedule has ended."""

    schedule: str
    date: Any

    def exists(self) -> bool:
        return schedule_records.is_done(self.schedule, self.date)


def current_snapshot() -> str:
    """Return the snapshot of the current release. Raises PipelineError if there is no release."""
    release = current_release()
    with transaction(read_only=True) as cursor:
        return str(fetch_value(cursor, "select snapshot from audit.release where id = %s", release))


class Schedule(luigi.Task):
    """A task for one date. `work` yields the tasks to run; it starts again from the beginning whenever one has run."""

    settings: ClassVar[tuple[type[luigi.Config], ...]] = (Operations,)
    date = luigi.DateParameter()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        require_valid_configuration()
        super().__init__(*args, **kwargs)
        self.config = {section: section() for section in self.settings}

    def on_failure(self, exception: BaseException) -> str:
        """Return the text for the scheduler, without credentials; it says whether the task is retried."""
        return retries.explanation(exception, redact(super().on_failure(exception)), ())

    def output(self) -> ScheduleRecord:
        return ScheduleRecord(self.task_family, self.date)

    def run(self) -> Any:
        if pause := schedule_records.pause():
            self.set_status_message(f"paused since {pause['since']}: {pause['reason']}")
            self.record(schedule_records.PAUSED)
        else:
            yield from self.work()

    def work(self) -> Iterator[list[luigi.Task]]:
        """Yield lists of tasks to run, and write the record at the end."""
        raise NotImplementedError

    def record(self, result: str, **details: Any) -> None:
        """Write the record and show it in the scheduler."""
        schedule_records.write(self.task_family, self.date, result, **details)
        self.set_status_message(result)


class Sync(Schedule):
    """Looks for new files, and publishes a release with them; everything but the model is refreshed."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        settings, timeout = self.config[Operations], luigi.worker.worker().timeout
        if timeout and self.task_family not in settings.task_timeouts_s:
            # The time between polls is in addition to that of the work.
            self.worker_timeout = int(timeout + settings.polls * settings.poll_interval_s)

    def final_tasks(self) -> list[luigi.Task]:
        """Return the tasks of a sync for the current snapshot: all but those of the model."""
        tasks = AllReports(snapshot=CreateSnapshot().current_id()).final_tasks()
        return [
            task
            for task in tasks
            if not isinstance(task, ScoreEvents) and not (isinstance(task, RenderReport) and task.study_tasks())
        ]

    def is_current(self) -> bool:
        """Return True if the source location has nothing new and everything is built from it.

        Raises SourceUnreachable if it does not answer: a run then uses archived files, but a sync has not synced.
        """
        source_state.clear_probe_results()
        snapshot = CreateSnapshot()
        for state in snapshot.output().states:
            state.require_answer()
        return bool(snapshot.complete()) and all(task.complete() for task in self.final_tasks())

    def polls(self) -> int:
        """Look for new files until there are some or [Operations] polls is reached; return 0 if nothing is new.

        Raises SourceUnreachable if the location does not answer the last poll.
        """
        settings = self.config[Operations]
        for number in range(1, settings.polls + 1):
            result = schedule_records.NOTHING_NEW
            try:
                if not self.is_current():
                    return number
            except SourceUnreachable as error:
                if number == settings.polls:
                    raise
                result = redact(str(error))
            self.set_status_message(f"poll {number} of {settings.polls}: {result}")
            if number < settings.polls:
                time.sleep(settings.poll_interval_s)
        return 0

    def work(self) -> Iterator[list[luigi.Task]]:
        # Present where an earlier start of this method has found new files.
        polls = schedule_records.read(self.task_family, self.date).get("polls") or self.polls()
        if not polls:
            self.record(schedule_records.NOTHING_NEW, release=current_release())
            return
        schedule_records.write(self.task_family, self.date, schedule_records.RUNNING, polls=polls)
        self.set_progress_percentage(10)
        yield [CreateSnapshot()]
        self.set_progress_percentage(20)
        yield self.final_tasks()
        self.record("published", polls=polls, release=current_release(), snapshot=CreateSnapshot().current_id())


class MonthlySync(Sync):
    """Publishes the databases of a month: check, download, extract, stage, check quality, publish, refresh, notify."""


class WeeklySync(Sync):
    """Publishes the new weekly files: the same eight stages."""


class DailyAnalytics(Schedule):
    """Writes yearly, state and aircraft statistics to `analytics/` as Parquet, if the release has changed."""

    def exports(self) -> dict[str, ExportParquet]:
        """Return {name: task that exports the statistics of the current release}."""
        snapshot = current_snapshot()
        return {name: ExportParquet(snapshot=snapshot, name=view) for name, view in STATISTICS.items()}

    def work(self) -> Iterator[list[luigi.Task]]:
        folder, release = config.targets_folder() / "analytics", current_release()
        paths = [folder / f"{name}.parquet" for name in STATISTICS]
        written = schedule_records.last(self.task_family, "written").get("release")
        if written == release and all(path.exists() for path in paths):
            self.record(schedule_records.NOTHING_NEW, release=release)
            return
        yield list(self.exports().values())
        folder.mkdir(exist_ok=True)
        for path, task in zip(paths, self.exports().values(), strict=True):
            shutil.copyfile(task.output().path, temporary := path.with_suffix(".new"))
            temporary.replace(path)
        self.record("written", release=release, files=[path.name for path in paths])


class WeeklyRetraining(Schedule):
    """Trains and evaluates the model on the current release, promotes it or not, and scores all events."""

    settings = (Operations, Training)

    def work(self) -> Iterator[list[luigi.Task]]:
        snapshot, release = current_snapshot(), current_release()
        is_current = AllReports(snapshot=snapshot).complete()
        result = schedule_records.read(self.task_family, self.date).get("result")
        if is_current and result != schedule_records.RUNNING:
            self.record(schedule_records.NOTHING_NEW, release=release)
            return
        schedule_records.write(self.task_family, self.date, schedule_records.RUNNING)
        if (address := self.config[Training].tracking_uri).startswith("http"):
            self.set_tracking_url(redact(address))
        yield [TrainSeverityModel(snapshot=snapshot)]
        self.set_progress_percentage(80)
        yield [AllReports(snapshot=snapshot)]
        decision = run_summaries.last_decision(config.ledger_folder() / "promotions.csv", release)
        self.record("trained", release=release, decision=decision)
