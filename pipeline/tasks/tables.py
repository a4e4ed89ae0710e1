"""Steps from raw text to candidates: one typed schema per file, one candidate per published table.

Steps that land reviewed lists and make views and materialized views, as candidates over candidates.
"""

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
    """Types one file's rows, quarantines what cannot be published and flags what looks wrong.

    `limit` takes the file's first events only, whole, to look at: such a part is never published. 0 takes all.
    """

    code = ("pipeline.warehouse.typed",)
    source = luigi.Parameter()
    sha256 = luigi.Parameter()
    limit = luigi.IntParameter(default=0)

    @property
    def priority(self) -> int:
        """The oldest first, whose tables are built while others are typed; these once all are landed, the largest
        first: so no processor waits while the last one is typed.
        """
        return 12 - 2 * eras().index(era_of(self.source))

    def inputs(self) -> Sequence[Step]:
        """The file's raw text."""
        return [LoadRawTables(source=self.source, sha256=self.sha256)]

    def prerequisites(self) -> Sequence[Step]:
        """A prepared database."""
        return [PrepareDatabase()]

    def source_files(self) -> Sequence[Path]:
        """Contract, conversions, corrections, rules, and the era's own queries."""
        return typed.source_files(era_of(self.source))

    def output(self) -> SchemaTarget:
        """The typed schema."""
        return SchemaTarget(f"typed_{self.source.lower()}", self.fingerprint)

    def run(self) -> None:
        """One transaction."""
        with transaction() as cursor:
            typed.create_typed_schema(cursor, self.source, era_of(self.source), self.limit)
            sign_schema(cursor, self.output().schema, self.fingerprint)


def cast_tasks(snapshot_id: str) -> list[CastTables]:
    """The typed files of a snapshot, in its order."""
    return [CastTables(source=file.source, sha256=file.sha256) for file in snapshot.read_snapshot(snapshot_id)]


class MergeTable(DatabaseStep):
    """Builds candidate.<table> from the typed files of a snapshot."""

    code = ("pipeline.warehouse.merge",)
    snapshot = luigi.Parameter()
    table = luigi.ChoiceParameter(choices=table_schema.tables())
    settings = (Postgres,)

    @property
    def priority(self) -> int:
        """The longest first, and what it waits for before it; then the others, before the views that none waits for."""
        waited_for = ("narratives", *table_schema.parents("narratives"), "events")
        return waited_for.index(self.table) + 2 if self.table in waited_for else 1

    def typed(self) -> list[CastTables]:
        """Files whose era has this table, in the snapshot's order."""
        return [step for step in cast_tasks(self.snapshot) if self.table in typed.filled_tables(era_of(step.source))]

    def parents(self) -> list["MergeTable"]:
        """Tables that my foreign keys point to."""
        return [MergeTable(snapshot=self.snapshot, table=parent) for parent in table_schema.parents(self.table)]

    def inputs(self) -> Sequence[Step]:
        """Typed files and parents."""
        return [*self.typed(), *self.parents()]

    def prerequisites(self) -> Sequence[Step]:
        """A prepared database."""
        return [PrepareDatabase()]

    def source_files(self) -> Sequence[Path]:
        """The table's contract."""
        return table_schema.source_files(self.table)

    def output(self) -> Relation:
        """The table, as a candidate or published."""
        return Relation("ntsb", self.table, self.fingerprint)

    def run(self) -> None:
        """Whole tables in a transaction, the longest in several; signed at the end."""
        parents = [step.output() for step in self.parents()]
        sources = [step.source for step in self.typed()]
        merge.merge_table(self.output(), parents, sources, self.config[Postgres].connections)


def merge_tasks(snapshot_id: str) -> list[MergeTable]:
    """One step per table of the contract, parents first."""
    return [MergeTable(snapshot=snapshot_id, table=table) for table in table_schema.tables()]


class LoadMappingTable(DatabaseStep):
    """Lands one reviewed list from its CSV files."""

    code = ("pipeline.warehouse.mappings",)
    name = luigi.ChoiceParameter(choices=mappings.table_names())

    def prerequisites(self) -> Sequence[Step]:
        """A prepared database."""
        return [PrepareDatabase()]

    def source_files(self) -> Sequence[Path]:
        """The CSV files."""
        return mappings.csv_files(self.name)

    def output(self) -> Relation:
        """The table, as a candidate or published."""
        return Relation("code_mappings", self.name, self.fingerprint)

    def run(self) -> None:
        """One transaction."""
        with transaction() as cursor:
            mappings.load_table(cursor, self.output())


class CreateView(DatabaseStep):
    """Makes one view from its SQL file."""

    code = ("pipeline.warehouse.views",)
    snapshot = luigi.Parameter()
    name = luigi.ChoiceParameter(choices=views.view_names())

    @property
    def priority(self) -> int:
        """Those that other views wait for first, with the tables that they read."""
        return int(any(self.name in sql_file.needs(views.view_file(other)) for other in views.view_names()))

    def inputs(self) -> Sequence["RelationTask"]:
        """What the SQL file says it needs."""
        return relation_tasks(self.snapshot, sql_file.needs(views.view_file(self.name)))

    def source_files(self) -> Sequence[Path]:
        """The SQL file."""
        return [views.view_file(self.name)]

    def output(self) -> Relation:
        """The view, as a candidate or published."""
        return Relation(views.target_schema(views.view_file(self.name)), self.name, self.fingerprint)

    def run(self) -> None:
        """One transaction."""
        with transaction() as cursor:
            views.create_view(cursor, self.output(), [step.output() for step in self.inputs()])


RelationTask = MergeTable | LoadMappingTable | CreateView


def relation_tasks(snapshot_id: str, names: Sequence[str]) -> list[RelationTask]:
    """The steps that make the named tables, lists and views."""
    return [relation_task(snapshot_id, name) for name in names]


def relation_task(snapshot_id: str, name: str) -> RelationTask:
    """The step that makes a table, list or view."""
    if name in mappings.table_names():
        return LoadMappingTable(name=name)
    return (
        CreateView(snapshot=snapshot_id, name=name)
        if name in views.view_names()
        else MergeTable(snapshot=snapshot_id, table=name)
    )


def view_tasks(snapshot_id: str) -> list[LoadMappingTable | CreateView]:
    """One step per reviewed list and per view, those that others read first."""
    lists = [LoadMappingTable(name=name) for name in mappings.table_names()]
    return [*lists, *(CreateView(snapshot=snapshot_id, name=name) for name in views.view_names())]
