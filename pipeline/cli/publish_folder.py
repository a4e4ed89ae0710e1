"""Audit a folder of CSV files, correct it by reviewed rules, audit the result, and publish it to DynamoDB: tables are
loaded, indexed and validated, and then readers are switched to them. The folder itself is not changed.

The plan is a TOML file (docs/how-to/publish-to-dynamodb.md). Needs the extras `audit` and `dynamodb`. Exit code 0 if
the tables are published, 1 if the corrected tables still differ from their specification, which is printed.
"""

import argparse
import tempfile
from pathlib import Path

from pipeline import config, config_check
from pipeline.errors import PipelineError, printable

SUMMARY = "audit, correct and publish a folder of CSV files to DynamoDB"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", type=Path, metavar="FOLDER")
    parser.add_argument("--plan", type=Path, metavar="FILE", required=True, help="the plan: repair.toml")
    parser.add_argument("--endpoint", metavar="URL", help="address of a local server instead of [Dynamodb] endpoint")
    parser.add_argument(
        "--corrected", type=Path, metavar="FOLDER", help="new or empty folder for the corrected tables, kept"
    )
    parser.add_argument("--report", type=Path, metavar="FILE", help="HTML page about the publication")
    parser.add_argument("--confirm-cost", action="store_true", help="confirm a price above max_unconfirmed_usd")


def run(options: argparse.Namespace) -> int:
    config_check.require_valid()
    # Imported here because pandas and pyarrow take seconds.
    from pipeline.dynamodb import client, folder, report
    from pipeline.folders import correct, render

    plan = correct.read_plan(options.plan)
    if plan.prefix == config.Dynamodb().prefix:
        raise PipelineError(
            f"{printable(str(options.plan))}: expected a prefix of its own, found {printable(plan.prefix)}, "
            "which publications of releases have; choose another one"
        )
    if options.report:
        _require_file(options.report, options.corrected)
    address = {} if options.endpoint is None else {"endpoint": options.endpoint}
    settings = config.Dynamodb(prefix=plan.prefix, **address)
    database = client.Database(client.open_client(settings), settings)
    with tempfile.TemporaryDirectory() as temporary:
        corrected = options.corrected or Path(temporary) / "corrected"
        result = folder.repair(database, options.folder, plan, corrected, options.confirm_cost)
    print(f"before: {render.summary(result.before)}")
    for item in result.applied:
        print(f"{item.rule.table}.{item.rule.column}: {item.rows} rows, such as {'; '.join(item.samples)}")
    print(f"corrected: {render.to_text(result.after)}")
    if result.publication is None:
        return 1
    print(report.to_text(result.publication))
    if options.report:
        options.report.write_text(report.render(result.publication), encoding="utf-8")
    return 0


def _require_file(report: Path, corrected: Path | None) -> None:
    """Raise PipelineError if the folder of the page neither exists nor is that of the corrected tables."""
    is_created = corrected is not None and report.parent.resolve() == corrected.resolve()
    if report.is_dir() or not (report.parent.is_dir() or is_created):
        subject = printable(str(report))
        raise PipelineError(f"{subject}: expected a file in an existing folder, found another path; correct it")
