"""The step that makes the database ready: the pipeline's own schemas, functions and roles, and the empty contract."""

from collections.abc import Sequence
from pathlib import Path

from pipeline.postgres import transaction
from pipeline.relations import contract
from pipeline.relations.signing import sign_schema
from pipeline.server import doctor_database
from pipeline.settings import Postgres
from pipeline.step import DatabaseStep
from targets.relations import Bundle


class Prepare(DatabaseStep):
    """Makes schemas, functions, roles and the empty contract. A gate of every step inside the database."""

    code = ("pipeline.relations.contract",)
    settings = (Postgres,)

    def recipe(self) -> Sequence[Path]:
        """The base SQL and the contract."""
        return [*contract.base_files(), *contract.files()]

    def output(self) -> Bundle:
        """The schema `contract`."""
        return Bundle("contract", self.stamp)

    def run(self) -> None:
        """One transaction, safe to run again. A server of the user's is looked at first: all its faults at once."""
        if url := self.knobs[Postgres].external_url():
            doctor_database.external(url)
        with transaction() as cursor:
            contract.make_schema(cursor)
            sign_schema(cursor, "contract", self.stamp)
