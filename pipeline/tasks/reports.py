"""Tasks that render the reports, and AllReports, which builds everything."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import luigi

from pipeline import config, fingerprint, sources
from pipeline.config import Reporting
from pipeline.export import report_queries
from pipeline.ingest import snapshot
from pipeline.tasks.base import Step
from pipeline.tasks.export import ExportDuckdb
from pipeline.tasks.load import PrepareDatabase
from pipeline.tasks.quality import ReconcileRows, RunChecks
from pipeline.tasks.release import PublishRelease
from pipeline.tasks.severity import ScoreEvents, TrainSeverityModel
from pipeline.tasks.sources import CreateSnapshot
from pipeline.tasks.tables import merge_tasks, relation_tasks
from pipeline.warehouse import history, mappings, sql_file, table_schema
from pipeline.warehouse.release.publish import current_release
from pipeline.warehouse.views import view_names
from reports.shared import catalog
from reports.shared.data import Context, Era, Inputs, SourceFile
from targets.files import FingerprintedFile

SPECS = {spec.name: spec for spec in catalog.ALL}


class RenderReport(Step):
    """Renders one report. All tables are inputs, because the footer names the release, which contains all of them."""

    snapshot = luigi.Parameter()
    name = luigi.ChoiceParameter(choices=tuple(SPECS))
    settings = (Reporting,)
    libraries = ("plotly", "jinja2")

    @property
    def spec(self) -> catalog.ReportSpec:
        """The report's specification, from its folder."""
        return SPECS[self.name]

    def inputs(self) -> Sequence[Step]:
        """All tables, the views and accounts that the queries read, and the study where the page shows it."""
        needs = self.relations_read()
        made = {*view_names(), *mappings.table_names()}
        views = relation_tasks(self.snapshot, [name for name in needs if name in made])
        others = set(needs) - made - set(table_schema.tables()) - set(history.WRITTEN_RELATIONS)
        accounts: list[Step] = [RunChecks(snapshot=self.snapshot)] if "check_result" in others else []
        accounts += [ReconcileRows(snapshot=self.snapshot)] if others - {"check_result"} else []
        return [*merge_tasks(self.snapshot), *views, *accounts, *self.study_tasks()]

    def relations_read(self) -> list[str]:
        """Names of the relations that the queries read, sorted."""
        return sorted({name for path in self.spec.queries.values() for name in sql_file.needs(path)})

    def study_tasks(self) -> list[TrainSeverityModel]:
        """A list with the training task if the report shows the study, else an empty list."""
        return [TrainSeverityModel(snapshot=self.snapshot)] if self.spec.needs_study else []

    def prerequisites(self) -> Sequence[Step]:
        """The published release."""
        return [PublishRelease(snapshot=self.snapshot)]

    def calls(self) -> Sequence[str]:
        """The modules that render the page, run its queries and read the eras."""
        return (self.spec.builder, "pipeline.export.report_queries", "pipeline.sources")

    def source_files(self) -> Sequence[Path]:
        """Templates, queries and shared files of the page, and the descriptions of the eras."""
        return [*self.spec.files(), *(era.folder / "era.toml" for era in sources.eras())]

    def output(self) -> FingerprintedFile:
        """The HTML file. If it shows changes between releases, it is also tied to the latest change."""
        path = config.html_folder() / self.spec.file_name
        if set(self.relations_read()) & set(history.WRITTEN_RELATIONS):
            return FingerprintedFile(path, self.fingerprint, about=history.latest_change)
        return FingerprintedFile(path, self.fingerprint)

    def run(self) -> None:
        """Runs the queries, renders the report and writes it."""
        page = self.spec.build(Inputs(report_queries.run_queries(self.spec.queries), self.read_study()), self.context())
        with self.output().writing() as temporary:
            temporary.write_text(page, encoding="utf-8")

    def read_study(self) -> dict[str, Any] | None:
        """The study's metrics.json, or None if the report does not show the study."""
        for step in self.study_tasks():
            return dict(json.loads((step.output()[0].path / "metrics.json").read_text(encoding="utf-8")))
        return None

    def context(self) -> Context:
        """The origin of the report, for its footer."""
        files = tuple(
            SourceFile(file.source, file.sha256, file.bytes) for file in snapshot.read_snapshot(self.snapshot)
        )
        return Context(
            release=current_release(),
            snapshot=self.snapshot,
            files=files,
            fingerprint=self.fingerprint,
            title=self.spec.title,
            eras=tuple(Era(era.name, era.file, era.first_year, era.last_year) for era in sources.eras()),
            versions={name: fingerprint.library_version(name) for name in self.libraries},
            settings=dict(self.config[Reporting].param_kwargs),
            pages=catalog.pages(),
        )


class CopyReportAssets(Step):
    """Copies the files that reports load, so that they work without a network."""

    code = ("reports.shared.page",)
    libraries = ("plotly",)

    def output(self) -> FingerprintedFile:
        """Plotly's script."""
        return FingerprintedFile(config.html_folder() / "plotly.min.js", self.fingerprint)

    def run(self) -> None:
        """Copies the script from the installed package."""
        from reports.shared import page

        with self.output().writing() as temporary:
            temporary.write_text(page.assets()[temporary.name], encoding="utf-8")


class AllReports(luigi.Task):
    """Builds everything: release, Parquet files, DuckDB file, severity model, scores and reports.

    `snapshot`: an id, to build it from the archive; empty for the snapshot of the source location as it is now.
    """

    snapshot = luigi.Parameter(default="")

    def requires(self) -> list[luigi.Task]:
        """The current snapshot, unless one is named."""
        return [] if self.snapshot else [CreateSnapshot()]

    def final_tasks(self) -> list[Step]:
        """The tasks that no other task depends on. Raises SnapshotNotFound before the first snapshot."""
        identity = self.snapshot or CreateSnapshot().current_id()
        reports = [RenderReport(snapshot=identity, name=name) for name in SPECS]
        exports = [ExportDuckdb(snapshot=identity), ScoreEvents(snapshot=identity), CopyReportAssets()]
        return [PrepareDatabase(), PublishRelease(snapshot=identity), *exports, *reports]

    def complete(self) -> bool:
        """True if the snapshot is current and every final task is complete."""
        return all(task.complete() for task in self.requires()) and all(task.complete() for task in self.final_tasks())

    def run(self) -> Any:
        """Yields the final tasks, which are known once the snapshot is."""
        yield self.final_tasks()
