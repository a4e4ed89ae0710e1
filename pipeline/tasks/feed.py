"""The task that writes the Atom feed of changed events."""

from collections.abc import Sequence
from pathlib import Path

from pipeline import config
from pipeline.export import report_queries
from pipeline.tasks.base import Step
from pipeline.tasks.release import ExportStep
from pipeline.tasks.tables import merge_tasks
from pipeline.warehouse import history
from pipeline.warehouse.release.publish import current_release
from pipeline.warehouse.views import function_files
from targets.files import FingerprintedFile

QUERY = config.REPOSITORY / "reports" / "changes" / "feed.sql"


class WriteChangeFeed(ExportStep):
    """Writes `changes.atom` next to the reports: the events that the last publication added, revised or withdrew."""

    code = ("reports.changes.feed", "pipeline.export.report_queries")

    def inputs(self) -> Sequence[Step]:
        return merge_tasks(self.snapshot)

    def source_files(self) -> Sequence[Path]:
        return [QUERY, *function_files(QUERY)]

    def output(self) -> FingerprintedFile:
        # Complete only for the latest change, as the page on changes is.
        return FingerprintedFile(config.html_folder() / "changes.atom", self.fingerprint, about=history.latest_change)

    def run(self) -> None:
        from reports.changes import feed

        # Entered before the query: a release that is published in between leaves the feed incomplete.
        with self.output().writing() as temporary:
            rows = report_queries.run_queries({"feed": QUERY})["feed"].records()
            temporary.write_text(feed.build(rows, current_release(), self.notice), encoding="utf-8")
