"""Steps that render reports, and `AllReports` over everything."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import luigi

from pipeline import fingerprint, settings
from pipeline.acquire import snapshot
from pipeline.analytics import Duckdb
from pipeline.audit import Account, Audit
from pipeline.export import answering
from pipeline.preparation import Prepare
from pipeline.publication import Publish
from pipeline.relations import contract, history, reviewed
from pipeline.relations.publishing import current_release
from pipeline.relations.viewing import names as view_names
from pipeline.scoring import ScoreEvents
from pipeline.settings import Reporting
from pipeline.sources import Snapshot
from pipeline.staging import all_tables
from pipeline.step import Step
from pipeline.training import Train
from pipeline.views import relations
from reports import catalogue
from reports.data import Context, Inputs, SourceFile
from targets.files import StampedFile

SPECS = {spec.name: spec for spec in catalogue.ALL}


class Report(Step):
    """Renders one page. All tables are inputs: the footer names the release, and a release is all of them."""

    snapshot = luigi.Parameter()
    name = luigi.ChoiceParameter(choices=tuple(SPECS))
    settings = (Reporting,)
    libraries = ("plotly", "jinja2")

    @property
    def spec(self) -> catalogue.ReportSpec:
        """What the report's folder says of it."""
        return SPECS[self.name]

    def inputs(self) -> Sequence[Step]:
        """All tables, the views and accounts that the queries read, and the study where the page shows it."""
        needs = self.spec.needs()
        made = {*view_names(), *reviewed.names()}
        views = relations(self.snapshot, [name for name in needs if name in made])
        others = set(needs) - made - set(contract.tables()) - set(history.WRITTEN)
        accounts: list[Step] = [Audit(snapshot=self.snapshot)] if "check_result" in others else []
        accounts += [Account(snapshot=self.snapshot)] if others - {"check_result"} else []
        return [*all_tables(self.snapshot), *views, *accounts, *self.study()]

    def study(self) -> list[Train]:
        """The study that the page shows."""
        return [Train(snapshot=self.snapshot)] if self.spec.needs_study else []

    def gates(self) -> Sequence[Step]:
        """The release must be published."""
        return [Publish(snapshot=self.snapshot)]

    def calls(self) -> Sequence[str]:
        """What renders the page, and what asks its queries."""
        return (self.spec.builder, "pipeline.export.answering")

    def recipe(self) -> Sequence[Path]:
        """Template, queries and what pages share."""
        return self.spec.files()

    def output(self) -> StampedFile:
        """The page. What it says of the release before is no input: a stamp is older than the release it makes."""
        path = settings.html_folder() / self.spec.file_name
        if set(self.spec.needs()) & set(history.WRITTEN):
            return StampedFile(path, self.stamp, about=history.pair)
        return StampedFile(path, self.stamp)

    def run(self) -> None:
        """Asks, renders, writes."""
        page = self.spec.build(Inputs(answering.ask(self.spec.queries), self.read_study()), self.context())
        with self.output().writing() as temporary:
            temporary.write_text(page, encoding="utf-8")

    def read_study(self) -> dict[str, Any] | None:
        """The study's figures, None where the page shows none."""
        for step in self.study():
            return dict(json.loads((step.output()[0].path / "metrics.json").read_text()))
        return None

    def context(self) -> Context:
        """Where the page comes from, for its footer."""
        files = tuple(SourceFile(file.source, file.sha256, file.bytes) for file in snapshot.read(self.snapshot))
        return Context(
            release=current_release(),
            snapshot=self.snapshot,
            files=files,
            stamp=self.stamp,
            title=self.spec.title,
            versions={name: fingerprint.library_version(name) for name in self.libraries},
            knobs=dict(self.knobs[Reporting].param_kwargs),
            pages=catalogue.pages(),
        )


class Assets(Step):
    """Writes what pages need beside them, so that they work with no network."""

    code = ("reports.page",)
    libraries = ("plotly",)

    def output(self) -> StampedFile:
        """plotly's script."""
        return StampedFile(settings.html_folder() / "plotly.min.js", self.stamp)

    def run(self) -> None:
        """Takes it out of the installed package."""
        from reports import page

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
        return [] if self.snapshot else [Snapshot()]

    def parts(self) -> list[Step]:
        """Every end of the graph. Raises SnapshotMissing where there is no list yet."""
        found = self.snapshot or Snapshot().current_id()
        pages = [Report(snapshot=found, name=name) for name in SPECS]
        ends = [Duckdb(snapshot=found), ScoreEvents(snapshot=found), Assets()]
        return [Prepare(), Publish(snapshot=found), *ends, *pages]

    def complete(self) -> bool:
        """True where the list is up to date and every part is complete."""
        return all(task.complete() for task in self.requires()) and all(part.complete() for part in self.parts())

    def run(self) -> Any:
        """Asks for the parts, once the list is known."""
        yield self.parts()
