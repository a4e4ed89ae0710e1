"""Steps that render reports, and `AllReports` over everything."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import luigi

from pipeline import config, fingerprint
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
from pipeline.warehouse import mappings, sql_file, table_schema
from pipeline.warehouse.release import history
from pipeline.warehouse.release.publish import current_release
from pipeline.warehouse.views import view_names
from reports.shared import catalog
from reports.shared.data import Context, Inputs, SourceFile
from targets.files import FingerprintedFile

SPECS = {spec.name: spec for spec in catalog.ALL}


class RenderReport(Step):
    """Renders one page. All tables are inputs: the footer names the release, and a release is all of them."""

    snapshot = luigi.Parameter()
    name = luigi.ChoiceParameter(choices=tuple(SPECS))
    settings = (Reporting,)
    libraries = ("plotly", "jinja2")

    @property
    def spec(self) -> catalog.ReportSpec:
        """What the report's folder says of it."""
        return SPECS[self.name]

    def inputs(self) -> Sequence[Step]:
        """All tables, the views and accounts that the queries read, and the study where the page shows it."""
        needs = self.relations_read()
        made = {*view_names(), *mappings.table_names()}
        views = relation_tasks(self.snapshot, [name for name in needs if name in made])
        others = set(needs) - made - set(table_schema.tables()) - set(history.WRITTEN_RELATIONS)
        accounts: list[Step] = [RunChecks(snapshot=self.snapshot)] if "check_result" in others else []
        accounts += [ReconcileRows(snapshot=self.snapshot)] if others - {"check_result"} else []
        return [*merge_tasks(self.snapshot), *views, *accounts, *self.study()]

    def relations_read(self) -> list[str]:
        """Names of the relations that the queries read, sorted."""
        return sorted({name for path in self.spec.queries.values() for name in sql_file.needs(path)})

    def study(self) -> list[TrainSeverityModel]:
        """The study that the page shows."""
        return [TrainSeverityModel(snapshot=self.snapshot)] if self.spec.needs_study else []

    def prerequisites(self) -> Sequence[Step]:
        """The release must be published."""
        return [PublishRelease(snapshot=self.snapshot)]

    def calls(self) -> Sequence[str]:
        """What renders the page, and what asks its queries."""
        return (self.spec.builder, "pipeline.export.report_queries")

    def source_files(self) -> Sequence[Path]:
        """Template, queries and what pages share."""
        return self.spec.files()

    def output(self) -> FingerprintedFile:
        """The page. What it says of the release before is no input: a fingerprint is older than the release it makes."""
        path = config.html_folder() / self.spec.file_name
        if set(self.relations_read()) & set(history.WRITTEN_RELATIONS):
            return FingerprintedFile(path, self.fingerprint, about=history.latest_change)
        return FingerprintedFile(path, self.fingerprint)

    def run(self) -> None:
        """Asks, renders, writes."""
        page = self.spec.build(Inputs(report_queries.run_queries(self.spec.queries), self.read_study()), self.context())
        with self.output().writing() as temporary:
            temporary.write_text(page, encoding="utf-8")

    def read_study(self) -> dict[str, Any] | None:
        """The study's figures, None where the page shows none."""
        for step in self.study():
            return dict(json.loads((step.output()[0].path / "metrics.json").read_text()))
        return None

    def context(self) -> Context:
        """Where the page comes from, for its footer."""
        files = tuple(
            SourceFile(file.source, file.sha256, file.bytes) for file in snapshot.read_snapshot(self.snapshot)
        )
        return Context(
            release=current_release(),
            snapshot=self.snapshot,
            files=files,
            fingerprint=self.fingerprint,
            title=self.spec.title,
            versions={name: fingerprint.library_version(name) for name in self.libraries},
            knobs=dict(self.config[Reporting].param_kwargs),
            pages=catalog.pages(),
        )


class CopyReportAssets(Step):
    """Writes what pages need beside them, so that they work with no network."""

    code = ("reports.shared.page",)
    libraries = ("plotly",)

    def output(self) -> FingerprintedFile:
        """plotly's script."""
        return FingerprintedFile(config.html_folder() / "plotly.min.js", self.fingerprint)

    def run(self) -> None:
        """Takes it out of the installed package."""
        from reports.shared import page

        with self.output().writing() as temporary:
            temporary.write_text(page.assets()[temporary.name], encoding="utf-8")


class AllReports(luigi.Task):
    """Everything: the release of the snapshot in force, Parquet, DuckDB, models and all pages.

    `snapshot` empty: the one that the place of the sources has now. An id: that one, from the archive.
    """

    snapshot = luigi.Parameter(default="")
    retry_count = 1

    def requires(self) -> list[luigi.Task]:
        """The list of source files, unless one is named."""
        return [] if self.snapshot else [CreateSnapshot()]

    def parts(self) -> list[Step]:
        """Every end of the graph. Raises SnapshotMissing where there is no list yet."""
        found = self.snapshot or CreateSnapshot().current_id()
        pages = [RenderReport(snapshot=found, name=name) for name in SPECS]
        ends = [ExportDuckdb(snapshot=found), ScoreEvents(snapshot=found), CopyReportAssets()]
        return [PrepareDatabase(), PublishRelease(snapshot=found), *ends, *pages]

    def complete(self) -> bool:
        """True where the list is up to date and every part is complete."""
        return all(task.complete() for task in self.requires()) and all(part.complete() for part in self.parts())

    def run(self) -> Any:
        """Asks for the parts, once the list is known."""
        yield self.parts()
