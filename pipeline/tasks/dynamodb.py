"""The task that publishes a release to DynamoDB; needs the extra `dynamodb`."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import luigi

from pipeline import config
from pipeline.config import Dynamodb
from pipeline.dynamodb import client, publish, releases, report, sources, specification, writers
from pipeline.tasks.base import Step
from pipeline.tasks.export import ExportParquet
from pipeline.tasks.release import ReleaseStep
from pipeline.tasks.tables import merge_tasks
from pipeline.warehouse.release.publish import current_release


@dataclass(frozen=True)
class DynamodbRelease(luigi.Target):
    """A release in DynamoDB: complete if readers use the one with this fingerprint and its tables are active."""

    prefix: str
    fingerprint: str
    settings: Dynamodb = field(repr=False)

    def exists(self) -> bool:
        return releases.is_published(self.database(), self.fingerprint)

    def database(self) -> client.Database:
        """Return a new connection, to which tables with marks of this store are its own."""
        database = client.Database(client.open_client(self.settings), self.settings)
        database.writer = writers.own_name(database)
        return database


class PublishDynamodb(ReleaseStep):
    """Publishes events, aircraft, findings, narratives and statistics to DynamoDB, and switches readers to them.

    `--confirm-cost` confirms an estimated price above `max_unconfirmed_usd`. All tables are inputs, because the alias
    names the release, which contains all of them.
    """

    code = ("pipeline.dynamodb.publish",)
    settings = (Dynamodb,)
    confirm_cost = luigi.BoolParameter(significant=False)

    def inputs(self) -> Sequence[Step]:
        return [*merge_tasks(self.snapshot), *self.exports()]

    def exports(self) -> list[ExportParquet]:
        """Return the tasks that export what is published."""
        names = specification.relations_in(specification.RELEASE)
        return [ExportParquet(snapshot=self.snapshot, name=name) for name in names]

    def source_files(self) -> Sequence[Path]:
        return [specification.RELEASE]

    def output(self) -> DynamodbRelease:
        settings = self.config[Dynamodb]
        return DynamodbRelease(settings.prefix, self.fingerprint, settings)

    def run(self) -> None:
        record = publish.publish(self.output().database(), self.release(), self.confirm_cost, print)
        print(report.to_text(record))
        folder = config.targets_folder() / "dynamodb"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{record.release}.html").write_text(report.render(record), encoding="utf-8")

    def release(self) -> publish.Release:
        """Return what is published. Raises DynamodbError for Parquet files that do not exist."""
        files = {step.name: sources.parquet_source(step.output().path) for step in self.exports()}
        tables = specification.read(specification.RELEASE, {name: source.columns for name, source in files.items()})
        return publish.Release(current_release(), self.fingerprint, tables, files)
