"""Steps from an archived zip to raw text: unpack, land."""

from collections.abc import Sequence

import luigi

from pipeline import settings
from pipeline.access import landing
from pipeline.acquire import archive, unpack
from pipeline.postgres import transaction
from pipeline.preparation import Prepare
from pipeline.relations.signing import sign_schema
from pipeline.settings import Postgres, Sources
from pipeline.step import DatabaseStep, Step
from targets.files import StampedFile
from targets.relations import Bundle


class Unpack(Step):
    """Takes the Access file out of one archived zip: `access/<sha256>/<source>.mdb`, lower case."""

    code = ("pipeline.acquire.unpack",)
    source = luigi.Parameter()
    sha256 = luigi.Parameter()
    settings = (Sources,)
    # Everything waits for it, and it takes one processor: first of all.
    priority = 13

    def output(self) -> StampedFile:
        """The Access file."""
        folder = settings.targets_folder() / "access" / self.sha256
        return StampedFile(folder / f"{self.source.lower()}.mdb", self.stamp)

    def run(self) -> None:
        """Proves the archived bytes, then unpacks them."""
        zipped = archive.verified(settings.targets_folder(), self.sha256)
        with self.output().writing(source=self.source, zip_sha256=self.sha256) as temporary:
            unpack.unpack(zipped, temporary, f"{self.source}.zip", self.knobs[Sources].max_unpacked_gb)


class Land(DatabaseStep):
    """Copies every table of one Access file into raw_<source> and proves the counts."""

    code = ("pipeline.access.landing",)
    source = luigi.Parameter()
    sha256 = luigi.Parameter()
    settings = (Postgres,)
    # After the typing of the oldest file and before that of the others: see Type.
    priority = 11

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
