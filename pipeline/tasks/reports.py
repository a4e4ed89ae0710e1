"""Tasks that render the reports, and AllReports, which builds everything."""

import json
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import luigi

from models.severity.data import feature_registry
from models.severity.tracking import study_history
from pipeline import config, fingerprint, sources
from pipeline.config import Reporting
from pipeline.export import report_queries
from pipeline.ingest import snapshot
from pipeline.tasks.base import Step
from pipeline.tasks.export import ExportDuckdb
from pipeline.tasks.feed import WriteChangeFeed
from pipeline.tasks.load import PrepareDatabase
from pipeline.tasks.quality import ReconcileRows, RunChecks
from pipeline.tasks.release import PublishRelease, ReleaseStep
from pipeline.tasks.severity import ScoreEvents, TrainSeverityModel, study_errors
from pipeline.tasks.sources import CreateSnapshot
from pipeline.tasks.tables import EvaluateCorrections, merge_tasks, relation_tasks
from pipeline.warehouse import history, mappings, sql_file, table_schema
from pipeline.warehouse.overlay import evaluate
from pipeline.warehouse.release.publish import current_release
from pipeline.warehouse.views import function_files, view_names
from reports.shared import catalog
from reports.shared.citation import Citation
from reports.shared.data import Context, Era, Inputs, SourceFile, StudyRecord
from targets.files import FingerprintedFile

SPECS = {spec.name: spec for spec in catalog.ALL}
# Files of the study that the severity page links to.
STUDY_DOCUMENTS = ("model_card.md", "tripod.md")


class RenderReport(ReleaseStep):
    """Renders one report. All tables are inputs, because the footer names the release, which contains all of them."""

    name = luigi.ChoiceParameter(choices=tuple(SPECS))
    settings = (Reporting, config.Citation)
    libraries = ("jinja2", "pyarrow", "scipy")
    preloaded = ("reports.shared.components",)

    @property
    def spec(self) -> catalog.ReportSpec:
        return SPECS[self.name]

    def inputs(self) -> Sequence[Step]:
        needs = self.relations_read()
        made = {*view_names(), *mappings.table_names()}
        read = sorted(made) if self.spec.reads_catalog else [name for name in needs if name in made]
        views = relation_tasks(self.snapshot, read)
        others = set(needs) - made - set(table_schema.tables()) - set(history.WRITTEN_RELATIONS)
        accounts: list[Step] = [RunChecks(snapshot=self.snapshot)] if "check_result" in others else []
        corrections = [EvaluateCorrections(snapshot=self.snapshot)]
        accounts += corrections if others & set(evaluate.TABLES) else []
        accounts += [ReconcileRows(snapshot=self.snapshot)] if others - {"check_result", *evaluate.TABLES} else []
        return [*merge_tasks(self.snapshot), *views, *accounts, *self.study_tasks()]

    def relations_read(self) -> list[str]:
        """Return the names of the relations that the queries read, sorted."""
        return sorted({name for path in self.spec.queries.values() for name in sql_file.needs(path)})

    def study_tasks(self) -> list[TrainSeverityModel]:
        """Return the training task in a list, empty if the report does not show the study."""
        return [TrainSeverityModel(snapshot=self.snapshot)] if self.spec.needs_study else []

    @property
    def shows_study(self) -> bool:
        """True if the page loads the documents and the history of the study."""
        return self.spec.needs_study and self.spec.has_data

    def calls(self) -> Sequence[str]:
        study = ("models.severity.tracking.study_history",) if self.shows_study else ()
        registry = ("models.severity.data.feature_registry",) if self.spec.reads_catalog else ()
        return (self.spec.builder, "pipeline.export.report_queries", "pipeline.sources", *study, *registry)

    def source_files(self) -> Sequence[Path]:
        functions = {file for path in self.spec.queries.values() for file in function_files(path)}
        registry = [feature_registry.FEATURES_FILE] if self.spec.reads_catalog else []
        eras = [era.folder / "era.toml" for era in sources.eras()]
        return [*self.spec.files(), *sorted(functions), *eras, *registry]

    def output(self) -> list[FingerprintedFile]:
        """Return the page and, if it loads data, the folder that holds them."""
        names = [self.spec.file_name, *([self.spec.name] if self.spec.has_data else [])]
        # A page about changes between releases is complete only for the latest change.
        shows_changes = set(self.relations_read()) & set(history.WRITTEN_RELATIONS)
        about = history.latest_change if shows_changes else self.study_state if self.shows_study else None
        return [FingerprintedFile(config.html_folder() / name, self.fingerprint, about=about) for name in names]

    def run(self) -> None:
        with ExitStack() as stack:
            # Entered before anything is read: a state that changes later leaves the targets incomplete. The page, which
            # is entered first, is published last, and not without its data.
            page, *data = [stack.enter_context(target.writing()) for target in self.output()]
            inputs = Inputs(report_queries.run_queries(self.spec.queries), self.read_study(), self.read_record())
            for folder in data:
                folder.mkdir()
                for name, content in self.spec.data_files(inputs).items():
                    (folder / name).write_bytes(content)
            page.write_text(self.spec.build(inputs, self.context()), encoding="utf-8")

    def read_study(self) -> dict[str, Any] | None:
        """Return the study's metrics.json, or None if the report does not show the study."""
        for step in self.study_tasks():
            return dict(json.loads((step.output()[0].path / "metrics.json").read_text(encoding="utf-8")))
        return None

    def read_record(self) -> StudyRecord:
        """Return what describes the study beside its metrics, empty if the page does not show it."""
        if self.spec.reads_catalog:
            return StudyRecord(reads={feature.column: feature.reads for feature in feature_registry.load_features()})
        if not self.shows_study:
            return StudyRecord()
        (train,) = self.study_tasks()
        folder = train.output()[0].path
        cases = json.loads((folder / "explanation.json").read_text(encoding="utf-8"))["cases"]
        notice = f"**{self.notice}**\n\n" * bool(self.notice)
        documents = {name: notice + (folder / name).read_text(encoding="utf-8") for name in STUDY_DOCUMENTS}
        meanings = {feature.column: feature.meaning for feature in feature_registry.load_features()}
        time, log = train.study_settings()["prediction_time"], train.promotion_log
        with study_errors():
            runs = study_history.describe_study(train.stores[0], train.fingerprint, time, log)
        return StudyRecord(cases, documents, meanings, runs)

    def study_state(self) -> str:
        """Return a text that changes with the MLflow run of the study, and the version, aliases and decisions shown."""
        (train,) = self.study_tasks()
        time = train.study_settings()["prediction_time"]
        with study_errors():
            return study_history.state(train.stores[0], train.fingerprint, time, train.promotion_log)

    def context(self) -> Context:
        """Return the release, files, versions and settings that the page shows, and the list of pages."""
        listed = snapshot.read_snapshot(self.snapshot)
        return Context(
            release=current_release(),
            snapshot=self.snapshot,
            files=tuple(SourceFile(file.source, file.sha256, file.bytes) for file in listed),
            fingerprint=self.fingerprint,
            title=self.spec.title,
            eras=eras_of(listed),
            versions={name: fingerprint.library_version(name) for name in self.libraries},
            settings=dict(self.config[Reporting].param_kwargs),
            pages=catalog.pages(),
            is_made_up=bool(snapshot.notice(listed)),
            file_name=self.spec.file_name,
            citation=citation_of(current_release(), listed, self.config[config.Citation]),
        )


def eras_of(files: Sequence[snapshot.SourceFile]) -> tuple[Era, ...]:
    """Return the eras, oldest first; the year of the newest change in the files is incomplete."""
    newest = int(snapshot.data_date(files)[:4] or 0) or None
    return tuple(
        Era(era.name, era.file, era.first_year, era.last_year, None if era.last_year else newest)
        for era in sources.eras()
    )


def citation_of(release: str, files: Sequence[snapshot.SourceFile], settings: luigi.Config) -> Citation:
    """Return what identifies a release of these files to its readers."""
    return Citation(
        release, snapshot.data_date(files), is_made_up=bool(snapshot.notice(files)), **settings.param_kwargs
    )


class AllReports(luigi.Task):
    """Builds everything: release, Parquet files, DuckDB file, severity model, scores and reports.

    `snapshot`: an id, to build it from the archive; empty for the snapshot of the source location as it is now.
    """

    snapshot = luigi.Parameter(default="")

    def requires(self) -> list[luigi.Task]:
        return [] if self.snapshot else [CreateSnapshot()]

    def final_tasks(self) -> list[Step]:
        """Return the tasks that no other task depends on. Raises SnapshotNotFound before the first snapshot."""
        identity = self.snapshot or CreateSnapshot().current_id()
        reports = [RenderReport(snapshot=identity, name=name) for name in SPECS]
        exports = [ExportDuckdb(snapshot=identity), ScoreEvents(snapshot=identity)]
        exports.append(WriteChangeFeed(snapshot=identity))
        return [PrepareDatabase(), PublishRelease(snapshot=identity), *exports, *reports]

    def complete(self) -> bool:
        return all(task.complete() for task in self.requires()) and all(task.complete() for task in self.final_tasks())

    def run(self) -> Any:
        yield self.final_tasks()
