"""Steps that land reviewed lists and make views and materialized views, as candidates over candidates."""

from collections.abc import Sequence
from pathlib import Path

import luigi

from pipeline.postgres import transaction
from pipeline.preparation import Prepare
from pipeline.relations import contract, reviewed, viewing
from pipeline.staging import Build
from pipeline.step import DatabaseStep, Step
from targets.relations import Relation


class Reviewed(DatabaseStep):
    """Lands one reviewed list from its CSV files."""

    code = ("pipeline.relations.reviewed",)
    name = luigi.ChoiceParameter(choices=reviewed.names())

    def gates(self) -> Sequence[Step]:
        """A prepared database."""
        return [Prepare()]

    def recipe(self) -> Sequence[Path]:
        """The CSV files."""
        return reviewed.files(self.name)

    def output(self) -> Relation:
        """The table, as a candidate or published."""
        return Relation("code_mappings", self.name, self.stamp)

    def run(self) -> None:
        """One transaction."""
        with transaction() as cursor:
            reviewed.land(cursor, self.output())


class View(DatabaseStep):
    """Makes one view from its SQL file."""

    code = ("pipeline.relations.viewing",)
    snapshot = luigi.Parameter()
    name = luigi.ChoiceParameter(choices=viewing.names())

    @property
    def priority(self) -> int:
        """Those that other views wait for first, with the tables that they read."""
        return int(any(self.name in contract.needs(viewing.view_file(other)) for other in viewing.names()))

    def inputs(self) -> Sequence["Made"]:
        """What the SQL file says it needs."""
        return relations(self.snapshot, contract.needs(viewing.view_file(self.name)))

    def recipe(self) -> Sequence[Path]:
        """The SQL file."""
        return [viewing.view_file(self.name)]

    def output(self) -> Relation:
        """The view, as a candidate or published."""
        return Relation(viewing.home(viewing.view_file(self.name)), self.name, self.stamp)

    def run(self) -> None:
        """One transaction."""
        with transaction() as cursor:
            viewing.make_view(cursor, self.output(), [step.output() for step in self.inputs()])


Made = Build | Reviewed | View


def relations(snapshot_id: str, names: Sequence[str]) -> list[Made]:
    """The steps that make the named tables, lists and views."""
    return [relation(snapshot_id, name) for name in names]


def relation(snapshot_id: str, name: str) -> Made:
    """The step that makes a table, list or view."""
    if name in reviewed.names():
        return Reviewed(name=name)
    return View(snapshot=snapshot_id, name=name) if name in viewing.names() else Build(snapshot=snapshot_id, table=name)


def all_views(snapshot_id: str) -> list[Reviewed | View]:
    """One step per reviewed list and per view, those that others read first."""
    lists = [Reviewed(name=name) for name in reviewed.names()]
    return [*lists, *(View(snapshot=snapshot_id, name=name) for name in viewing.names())]
