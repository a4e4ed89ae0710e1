"""Run every check again on the current release, and print a line for each one that does not pass.

A run checks candidates before publication; this finds what has changed since, such as rows modified by hand, and
releases of a version with other checks. It changes nothing. Exit code 1 if a check of severity `stop` fails.
"""

import argparse
import json

from pipeline.cli.status import require_release
from pipeline.config import Checks, Postgres
from pipeline.postgres.connection import run_in_shared_snapshot, transaction
from pipeline.warehouse.quality import checks, generated_checks

# Without the schema of candidates.
PUBLISHED = ("ntsb", "mart", "audit", "code_mappings")
SUMMARY = "run every check again on the current release"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print JSON, with every check")


def run(options: argparse.Namespace) -> int:
    release = require_release("check")
    with transaction(read_only=True) as cursor:
        listed = generated_checks.all_checks(cursor)
    settings = checks.SETTINGS | checks.limit_settings(Checks().param_kwargs)
    results = run_in_shared_snapshot(checks.run_check, listed, Postgres().connections, PUBLISHED, settings)
    failed = [result for result in results if result.status == "failed"]
    if options.json:
        rows = [{"check": item.check.name, "status": item.status, "offending": item.offending} for item in results]
        print(json.dumps({"release": release, "failed": len(failed), "checks": rows}, indent=1))
    else:
        for item in results:
            if item.status in ("failed", "warned"):
                print(f"{item.status:<7} {item.check.name}: {item.offending} rows ({item.check.description})")
        print(f"release {release}: {len(results)} checks, {len(failed)} failed")
    return int(bool(failed))
