"""Compare what is published in DynamoDB with the current release: every row must be present exactly once and equal,
every index active and able to answer its queries, every type as specified, and every reference must lead to a row.

Reads all items once (`[Dynamodb]` in luigi.cfg names the tables). Needs the extra `dynamodb`. Exit code 1 if there are
problems, which are printed.
"""

import argparse

from pipeline import config_check
from pipeline.cli.status import require_release
from pipeline.errors import DynamodbError

SUMMARY = "compare what is published in DynamoDB with the current release"


def run(_: argparse.Namespace) -> int:
    config_check.require_valid()
    require_release("dynamodb-validate")
    # Imported here because tasks and pyarrow take seconds.
    from pipeline.dynamodb import contents, report, validate
    from pipeline.tasks.dynamodb import PublishDynamodb
    from pipeline.tasks.schedules import current_snapshot

    task = PublishDynamodb(snapshot=current_snapshot())
    if not all(step.complete() for step in task.inputs()):
        raise DynamodbError(
            "dynamodb-validate: expected the Parquet files of the current release, found others; "
            f"run luigi --module pipeline PublishDynamodb --snapshot {task.snapshot}"
        )
    release = task.release()
    expected = contents.read_all(release.tables.values(), release.sources)
    validation = validate.validate_published(task.output().database(), release.tables, expected)
    notes = [f"{name}.{note}" for name, read in expected.items() for note in report.unindexed_notes(read)]
    print("\n".join([*notes, *validation.problems, report.validation_text(validation)]))
    return int(bool(validation.problems))
