"""Tasks from raw text to candidates: a typed schema per file, then tables, mapping tables and views to publish."""

from collections.abc import Sequence
from pathlib import Path

import luigi

from pipeline.config import Postgres
from pipeline.ingest import snapshot
from pipeline.postgres.connection import transaction
from pipeline.sources import era_of, eras
from pipeline.tasks.base import DatabaseStep, Step
from pipeline.tasks.load import LoadRawTables, PrepareDatabase
from pipeline.warehouse import mappings, merge, sql_file, table_schema, typed, views
from pipeline.warehouse.signatures import sign_schema
from targets.relations import Relation, SchemaTarget


class CastTables(DatabaseStep):
    """Casts one file's rows to column types, quarantines rows that cannot be published, and flags suspicious values.

    `limit` > 0 casts only the first events of the file, for inspection; the result is never published.
    """

    code = ("pipeline.warehouse.typed",)
    source = luigi.Parameter()
    sha256 = luigi.Parameter()
    limit = luigi.IntParameter(default=0)

    @property
    def priority(self) -> int:
        """Higher for older files: the oldest is cast first, so that its tables are merged while others are cast."""
        return 12 - 2 * eras().index(era_of(self.source))

    def inputs(self) -> Sequence[Step]:
        """The file's raw text."""
        return [LoadRawTables(source=self.source, sha256=self.sha256)]

    def prerequisites(self) -> Sequence[Step]:
        """A prepared database."""
        return [PrepareDatabase()]

    def source_files(self) -> Sequence[Path]:
        """Table schema, cast functions, corrections, rules, and the queries of the file's era."""
        return typed.source_files(era_of(self.source))

    def output(self) -> SchemaTarget:
        """The schema typed_<source>."""
        return SchemaTarget(f"typed_{self.source.lower()}", self.fingerprint)

    def run(self) -> None:
        """Creates and signs the schema in one transaction."""
        with transaction() as cursor:
            typed.create_typed_schema(cursor, self.source, era_of(self.source), self.limit)
            sign_schema(cursor, self.output().schema, self.fingerprint)


def cast_tasks(snapshot_id: str) -> list[CastTables]:
    """One task per file of a snapshot, in its order."""
    return [CastTables(source=file.source, sha256=file.sha256) for file in snapshot.read_snapshot(snapshot_id)]


class MergeTable(DatabaseStep):
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
        """The table, and the order of the files, which decides between editions with the same dates."""
        return super().fingerprint_parameters() | {"sources": " ".join(step.source for step in self.typed())}

    def typed(self) -> list[CastTables]:
        """Tasks of the files whose era has this table, in the snapshot's order."""
        return [step for step in cast_tasks(self.snapshot) if self.table in typed.filled_tables(era_of(step.source))]

    def parents(self) -> list["MergeTable"]:
        """Tasks of the tables that foreign keys reference."""
        return [MergeTable(snapshot=self.snapshot, table=parent) for parent in table_schema.parents(self.table)]

    def inputs(self) -> Sequence[Step]:
        """The typed files that have this table, and its parent tables."""
        return [*self.typed(), *self.parents()]

    def prerequisites(self) -> Sequence[Step]:
        """A prepared database."""
        return [PrepareDatabase()]

    def source_files(self) -> Sequence[Path]:
        """The SQL of the table schema and, for events, the years of the eras."""
        years = [era.folder / "era.toml" for era in eras()] if self.table == "events" else []
        return [*table_schema.source_files(self.table), *years]

    def output(self) -> Relation:
        """The table in `ntsb`, as a candidate or published."""
        return Relation("ntsb", self.table, self.fingerprint)

    def run(self) -> None:
        """Merges and signs the table."""
        parents = [step.output() for step in self.parents()]
        sources = [step.source for step in self.typed()]
        merge.merge_table(self.output(), parents, sources, self.config[Postgres].connections)


def merge_tasks(snapshot_id: str) -> list[MergeTable]:
    """One task per table, parents first."""
    return [MergeTable(snapshot=snapshot_id, table=table) for table in table_schema.tables()]


class LoadMappingTable(DatabaseStep):
    """Loads one mapping table from its CSV files."""

    code = ("pipeline.warehouse.mappings",)
    name = luigi.ChoiceParameter(choices=mappings.table_names())

    def prerequisites(self) -> Sequence[Step]:
        """A prepared database."""
        return [PrepareDatabase()]

    def source_files(self) -> Sequence[Path]:
        """The CSV files."""
        return mappings.csv_files(self.name)

    def output(self) -> Relation:
        """The table in `code_mappings`, as a candidate or published."""
        return Relation("code_mappings", self.name, self.fingerprint)

    def run(self) -> None:
        """Loads and signs the table in one transaction."""
        with transaction() as cursor:
            mappings.load_table(cursor, self.output())


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
        """The relations in the `needs` line of the SQL file."""
        return relation_tasks(self.snapshot, sql_file.needs(views.view_file(self.name)))

    def source_files(self) -> Sequence[Path]:
        """The SQL file."""
        return [views.view_file(self.name)]

    def output(self) -> Relation:
        """The view, as a candidate or published."""
        return Relation(views.target_schema(views.view_file(self.name)), self.name, self.fingerprint)

    def run(self) -> None:
        """Creates and signs the view in one transaction."""
        with transaction() as cursor:
            views.create_view(cursor, self.output(), [step.output() for step in self.inputs()])


RelationTask = MergeTable | LoadMappingTable | CreateView


def relation_tasks(snapshot_id: str, names: Sequence[str]) -> list[RelationTask]:
    """The tasks that create the named tables, mapping tables and views."""
    return [relation_task(snapshot_id, name) for name in names]


def relation_task(snapshot_id: str, name: str) -> RelationTask:
    """The task that creates a table, mapping table or view."""
    if name in mappings.table_names():
        return LoadMappingTable(name=name)
    return (
        CreateView(snapshot=snapshot_id, name=name)
        if name in views.view_names()
        else MergeTable(snapshot=snapshot_id, table=name)
    )


def view_tasks(snapshot_id: str) -> list[LoadMappingTable | CreateView]:
    """One task per mapping table and per view, in the order in which they read each other."""
    mapping_tables = [LoadMappingTable(name=name) for name in mappings.table_names()]
    return [*mapping_tables, *(CreateView(snapshot=snapshot_id, name=name) for name in views.view_names())]
