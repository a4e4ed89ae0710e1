"""The step that lands one Access file as text."""

from collections.abc import Sequence

import luigi

from pipeline.access import landing
from pipeline.postgres import transaction
from pipeline.preparation import Prepare
from pipeline.relations.signing import sign_schema
from pipeline.settings import Postgres
from pipeline.sources import Unpack
from pipeline.step import DatabaseStep, Step
from targets.relations import Bundle


class Land(DatabaseStep):
    """Copies every table of one Access file into raw_<source> and proves the counts."""

    source = luigi.Parameter()
    sha256 = luigi.Parameter()
    settings = (Postgres,)

    def inputs(self) -> Sequence[Step]:
        """The Access file."""
        return [Unpack(source=self.source, sha256=self.sha256)]

    def gates(self) -> Sequence[Step]:
        """A prepared database."""
        return [Prepare()]

    def output(self) -> Bundle:
        """The raw schema."""
        return Bundle(f"raw_{self.source.lower()}", self.stamp)

    def run(self) -> None:
        """Lands all tables, then signs them together."""
        (unpacked,) = self.inputs()
        landing.land(unpacked.output().path, self.source, self.knobs[Postgres].connections)
        with transaction() as cursor:
            sign_schema(cursor, self.output().schema, self.stamp)
