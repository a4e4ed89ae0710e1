"""Steps that make mart views and materialized views, as candidates over candidates."""

from collections.abc import Sequence
from pathlib import Path

import luigi

from pipeline.postgres import transaction
from pipeline.relations import contract, viewing
from pipeline.staging import Build
from pipeline.step import DatabaseStep
from targets.relations import Relation


class View(DatabaseStep):
    """Makes one mart relation from its SQL file."""

    snapshot = luigi.Parameter()
    name = luigi.ChoiceParameter(choices=viewing.names())

    def inputs(self) -> Sequence["Build | View"]:
        """What the SQL file says it needs."""
        return relations(self.snapshot, contract.needs(viewing.view_file(self.name)))

    def recipe(self) -> Sequence[Path]:
        """The SQL file."""
        return [viewing.view_file(self.name)]

    def output(self) -> Relation:
        """The view, as a candidate or published."""
        return Relation("mart", self.name, self.stamp)

    def run(self) -> None:
        """One transaction."""
        with transaction() as cursor:
            viewing.make_view(cursor, self.output(), [step.output() for step in self.inputs()])


def relations(snapshot_id: str, names: Sequence[str]) -> list[Build | View]:
    """The steps that make the named tables and views."""
    found: list[Build | View] = []
    for name in names:
        is_view = name in viewing.names()
        found.append(View(snapshot=snapshot_id, name=name) if is_view else Build(snapshot=snapshot_id, table=name))
    return found


def all_views(snapshot_id: str) -> list[View]:
    """One step per view, those that others read first."""
    return [View(snapshot=snapshot_id, name=name) for name in viewing.names()]
