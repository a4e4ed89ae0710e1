"""Steps from raw text to candidates: one typed schema per file, one candidate per published table."""

from collections.abc import Sequence
from pathlib import Path

import luigi

from pipeline.acquire import snapshot
from pipeline.eras import era_of, eras
from pipeline.extraction import Land
from pipeline.postgres import transaction
from pipeline.preparation import Prepare
from pipeline.relations import building, contract, typedfile
from pipeline.relations.signing import sign_schema
from pipeline.settings import Postgres
from pipeline.step import DatabaseStep, Step
from targets.relations import Bundle, Relation


class Type(DatabaseStep):
    """Types one file's rows, quarantines what cannot be published and flags what looks wrong.

    `limit` takes the file's first events only, whole, to look at: such a part is never published. 0 takes all.
    """

    code = ("pipeline.relations.typedfile",)
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
        return [Land(source=self.source, sha256=self.sha256)]

    def gates(self) -> Sequence[Step]:
        """A prepared database."""
        return [Prepare()]

    def recipe(self) -> Sequence[Path]:
        """Contract, conversions, corrections, rules, and the era's own queries."""
        return typedfile.recipe_files(era_of(self.source))

    def output(self) -> Bundle:
        """The typed schema."""
        return Bundle(f"typed_{self.source.lower()}", self.stamp)

    def run(self) -> None:
        """One transaction."""
        with transaction() as cursor:
            typedfile.fill(cursor, self.source, era_of(self.source), self.limit)
            sign_schema(cursor, self.output().schema, self.stamp)


def typed_files(snapshot_id: str) -> list[Type]:
    """The typed files of a snapshot, in its order."""
    return [Type(source=file.source, sha256=file.sha256) for file in snapshot.read(snapshot_id)]


class Build(DatabaseStep):
    """Builds candidate.<table> from the typed files of a snapshot."""

    code = ("pipeline.relations.building",)
    snapshot = luigi.Parameter()
    table = luigi.ChoiceParameter(choices=contract.tables())
    settings = (Postgres,)

    @property
    def priority(self) -> int:
        """The longest first, and what it waits for before it; then the others, before the views that none waits for."""
        waited_for = ("narratives", *contract.parents("narratives"), "events")
        return waited_for.index(self.table) + 2 if self.table in waited_for else 1

    def typed(self) -> list[Type]:
        """Files whose era has this table, in the snapshot's order."""
        return [
            step for step in typed_files(self.snapshot) if self.table in typedfile.filled_tables(era_of(step.source))
        ]

    def parents(self) -> list["Build"]:
        """Tables that my foreign keys point to."""
        return [Build(snapshot=self.snapshot, table=parent) for parent in contract.parents(self.table)]

    def inputs(self) -> Sequence[Step]:
        """Typed files and parents."""
        return [*self.typed(), *self.parents()]

    def gates(self) -> Sequence[Step]:
        """A prepared database."""
        return [Prepare()]

    def recipe(self) -> Sequence[Path]:
        """The table's contract."""
        return contract.recipe_files(self.table)

    def output(self) -> Relation:
        """The table, as a candidate or published."""
        return Relation("ntsb", self.table, self.stamp)

    def run(self) -> None:
        """Whole tables in a transaction, the longest in several; signed at the end."""
        parents = [step.output() for step in self.parents()]
        sources = [step.source for step in self.typed()]
        building.build(self.output(), parents, sources, self.knobs[Postgres].connections)


def all_tables(snapshot_id: str) -> list[Build]:
    """One step per table of the contract, parents first."""
    return [Build(snapshot=snapshot_id, table=table) for table in contract.tables()]
