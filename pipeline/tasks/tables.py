"""Tasks from raw text to candidates: a typed schema per file, then tables, mapping tables and views to publish."""

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import luigi

from pipeline.config import Integer, Postgres, Reference
from pipeline.errors import PipelineError, escape
from pipeline.ingest import snapshot
from pipeline.postgres.connection import transaction
from pipeline.sources import era_of, eras
from pipeline.tasks.base import DatabaseStep, Step
from pipeline.tasks.load import LoadCorrections, LoadRawTables, PreparedStep
from pipeline.warehouse import mappings, merge, registry_file, sql_file, table_schema, typed, views, weather_file
from pipeline.warehouse.overlay import evaluate
from pipeline.warehouse.raw_names import typed_schema
from pipeline.warehouse.signatures import drop_stale, sign_schema
from targets.files import sha256_of
from targets.relations import Relation, SchemaTarget


class CastTables(PreparedStep):
    """Casts one file's rows to column types, quarantines rows that cannot be published, and flags suspicious values.

    `limit` > 0 casts only the first events of the file, for inspection, to a schema of their own. `identified_by`, as
    `source:sha256` with blanks between them: Access files from which cases of the API get their ev_id.
    """

    code = ("pipeline.warehouse.typed",)
    source = luigi.Parameter()
    sha256 = luigi.Parameter()
    limit = Integer(default=0, min_value=0, max_value=10**9)
    identified_by = luigi.Parameter(default="")

    def fingerprint_parameters(self) -> dict[str, str]:
        """Return all but an empty `identified_by`."""
        parameters = super().fingerprint_parameters()
        return {name: text for name, text in parameters.items() if text or name != "identified_by"}

    @property
    def priority(self) -> int:
        """Higher for older files: the oldest is cast first, so that its tables are merged while others are cast."""
        return 12 - 2 * eras().index(era_of(self.source))

    def inputs(self) -> Sequence[Step]:
        pairs = [name.split(":") for name in self.identified_by.split()]
        others = [CastTables(source=source, sha256=sha256) for source, sha256 in pairs]
        return [LoadRawTables(source=self.source, sha256=self.sha256), *others]

    def source_files(self) -> Sequence[Path]:
        return typed.source_files(era_of(self.source))

    def output(self) -> SchemaTarget:
        return SchemaTarget(typed_schema(self.source, self.limit > 0), self.fingerprint)

    def run(self) -> None:
        with transaction() as cursor:
            sources = [name.partition(":")[0] for name in self.identified_by.split()]
            typed.create_typed_schema(cursor, self.source, era_of(self.source), self.limit, sources)
            sign_schema(cursor, self.output().schema, self.fingerprint)


def cast_tasks(snapshot_id: str) -> list[CastTables]:
    """Return one task per file of a snapshot, in its order. Raises PipelineError if a limit is set for all of them."""
    files = snapshot.read_snapshot(snapshot_id)
    access = [file for file in files if "events" in era_of(file.source).tables.values()]
    names = " ".join(f"{file.source}:{file.sha256}" for file in access if not era_of(file.source).is_api)
    tasks = [
        CastTables(source=file.source, sha256=file.sha256, identified_by=names if era_of(file.source).is_api else "")
        for file in files
    ]
    if any(task.limit for task in tasks):
        raise PipelineError(
            f"--CastTables-limit: expected none, because whole files are merged, found {tasks[0].limit}; "
            "run CastTables itself with --limit"
        )
    return tasks


class EvaluateCorrections(PreparedStep):
    """Matches the reviewed corrections with the cast rows to be published, and lists those that do not apply."""

    code = ("pipeline.warehouse.overlay.evaluate",)
    snapshot = luigi.Parameter()

    def typed(self) -> list[CastTables]:
        """Return the tasks of all files, in the snapshot's order; none if there are no corrections."""
        return cast_tasks(self.snapshot) if LoadCorrections().tables() else []

    def fingerprint_parameters(self) -> dict[str, str]:
        """Add the order of the files, if there are corrections; see MergeTable."""
        sources = " ".join(step.source for step in self.typed())
        return super().fingerprint_parameters() | ({"sources": sources} if sources else {})

    def inputs(self) -> Sequence[Step]:
        return [LoadCorrections(), *self.typed()]

    def output(self) -> list[Relation]:
        return [Relation("audit", name, self.fingerprint) for name in evaluate.TABLES]

    def run(self) -> None:
        with transaction() as cursor:
            drop_stale(cursor, [LoadCorrections().output()])
            evaluate.create_tables(cursor, self.output(), [step.source for step in self.typed()])


class MergeTable(PreparedStep):
    """Merges the typed files of a snapshot into candidate.<table>."""

    code = ("pipeline.warehouse.merge",)
    snapshot = luigi.Parameter()
    table = luigi.ChoiceParameter(choices=table_schema.tables())
    settings = (Postgres,)

    @property
    def priority(self) -> int:
        """Highest for the largest table and its parents, then the other tables, then views."""
        first = ("narratives", *table_schema.parents("narratives"), "events")
        return first.index(self.table) + 2 if self.table in first else 1

    def fingerprint_parameters(self) -> dict[str, str]:
        """Add the order of the files, which decides between editions with the same dates."""
        return super().fingerprint_parameters() | {"sources": " ".join(step.source for step in self.typed())}

    def typed(self) -> list[CastTables]:
        """Return the tasks of the files whose era has this table, in the snapshot's order."""
        return [step for step in cast_tasks(self.snapshot) if self.table in typed.filled_tables(era_of(step.source))]

    def parents(self) -> list["MergeTable"]:
        """Return the tasks of the tables that foreign keys reference."""
        return [MergeTable(snapshot=self.snapshot, table=parent) for parent in table_schema.parents(self.table)]

    def corrections(self) -> EvaluateCorrections:
        """Return the task whose corrections are applied to the table."""
        return EvaluateCorrections(snapshot=self.snapshot)

    def inputs(self) -> Sequence[Step]:
        # Children depend on their parents, and so on the corrections of all tables with the same root.
        roots = map(table_schema.root, LoadCorrections().tables())
        return [*self.typed(), *self.parents(), *([self.corrections()] if self.table in roots else [])]

    def prerequisites(self) -> Sequence[Step]:
        return [*super().prerequisites(), self.corrections()]

    def source_files(self) -> Sequence[Path]:
        years = [era.folder / "era.toml" for era in eras()] if self.table == "events" else []
        return [*table_schema.source_files(self.table), *years]

    def output(self) -> Relation:
        return Relation("ntsb", self.table, self.fingerprint)

    def run(self) -> None:
        read = [*(step.output() for step in self.parents()), *self.corrections().output()]
        sources = [step.source for step in self.typed()]
        merge.merge_table(self.output(), read, sources, self.config[Postgres].connections)


def merge_tasks(snapshot_id: str) -> list[MergeTable]:
    """Return one task per table, parents first."""
    return [MergeTable(snapshot=snapshot_id, table=table) for table in table_schema.tables()]


class LoadMappingTable(PreparedStep):
    """Loads one mapping table from its CSV files, or from files of the user."""

    code = ("pipeline.warehouse.mappings",)
    name = luigi.ChoiceParameter(choices=mappings.table_names())
    settings = (Reference,)

    def user_files(self) -> list[Path]:
        """Return the files that [Reference] names for this table; empty if there are none."""
        reference = self.config[Reference]
        if self.name == "aircraft_registry" and reference.registry:
            return registry_file.list_files(Path(reference.registry))
        if self.name == "weather_reports" and reference.weather:
            return weather_file.list_files(Path(reference.weather))
        return [Path(reference.exposure)] if self.name == "flight_activity" and reference.exposure else []

    @cached_property
    def user_file(self) -> str:
        """Names and SHA-256 of the files of the user, wherever they are."""
        return ", ".join(f"{escape(path.stem)} {sha256_of(path)}" for path in self.user_files())

    def fingerprint_parameters(self) -> dict[str, str]:
        """Add the files of the user."""
        return super().fingerprint_parameters() | ({"user_file": self.user_file} if self.user_file else {})

    def source_files(self) -> Sequence[Path]:
        return [] if self.user_files() else mappings.csv_files(self.name)

    def output(self) -> Relation:
        return Relation("code_mappings", self.name, self.fingerprint)

    def run(self) -> None:
        with transaction() as cursor:
            mappings.load_table(cursor, self.output(), self.user_files())


class CreateView(DatabaseStep):
    """Creates one view or materialized view from its SQL file."""

    code = ("pipeline.warehouse.views",)
    snapshot = luigi.Parameter()
    name = luigi.ChoiceParameter(choices=views.view_names())

    @property
    def priority(self) -> int:
        """1 for views that other views read, 0 for the others."""
        return int(any(self.name in sql_file.needs(views.view_file(other)) for other in views.view_names()))

    def inputs(self) -> Sequence["RelationTask"]:
        return relation_tasks(self.snapshot, sql_file.needs(views.view_file(self.name)))

    def source_files(self) -> Sequence[Path]:
        return views.source_files(self.name)

    def output(self) -> Relation:
        return Relation(views.target_schema(views.view_file(self.name)), self.name, self.fingerprint)

    def run(self) -> None:
        with transaction() as cursor:
            views.create_view(cursor, self.output(), [step.output() for step in self.inputs()])


RelationTask = MergeTable | LoadMappingTable | CreateView


def relation_tasks(snapshot_id: str, names: Sequence[str]) -> list[RelationTask]:
    """Return the tasks that create the named tables, mapping tables and views."""
    return [_relation_task(snapshot_id, name) for name in names]


def _relation_task(snapshot_id: str, name: str) -> RelationTask:
    if name in mappings.table_names():
        return LoadMappingTable(name=name)
    if name in views.view_names():
        return CreateView(snapshot=snapshot_id, name=name)
    return MergeTable(snapshot=snapshot_id, table=name)


def view_tasks(snapshot_id: str) -> list[LoadMappingTable | CreateView]:
    """Return one task per mapping table and per view, in the order in which they read each other."""
    mapping_tables = [LoadMappingTable(name=name) for name in mappings.table_names()]
    return [*mapping_tables, *(CreateView(snapshot=snapshot_id, name=name) for name in views.view_names())]
