"""Looks for anomalies in the release that readers see: missing critical fields, coordinates outside their state or the
country, jumps in counts by year, state and severity, rows without their parents, duplicates. What the release before
did not have is marked as new. Exit code 1 where more is found than the checks allow; with --new, where anything is new.
"""

import argparse
import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipeline.warehouse.quality.anomalies import Anomaly

SUMMARY = "what is odd in the release, and what of it is new"
SHOWN = 5


def arguments(parser: argparse.ArgumentParser) -> None:
    """What counts, and how to show it."""
    parser.add_argument("--new", action="store_true", help="only what the release before did not have")
    parser.add_argument("--json", action="store_true", help="print JSON, with every row")


def run(options: argparse.Namespace) -> int:
    """Looks, prints, judges."""
    release, before, found = find()
    if options.json:
        facts = {"release": release, "before": before, "findings": [finding.as_json() for finding in found]}
        print(json.dumps(facts, indent=1))
    else:
        print("\n".join(format_text(release, before, found, options.new)))
    return int(any(finding.new if options.new else finding.is_anomalous for finding in found))


def find() -> tuple[str, str | None, list["Anomaly"]]:
    """The release, the one before it, and every finding; both are asked in one transaction."""
    from pipeline.cli.current_release import require_release
    from pipeline.postgres.connection import fetch_value, transaction
    from pipeline.warehouse.quality import anomalies
    from pipeline.warehouse.release import rollback

    require_release("anomalies")
    with transaction("ntsb", "mart", "audit", alone=True) as cursor:
        cursor.execute("set transaction isolation level repeatable read")
        release = str(fetch_value(cursor, "select id from audit.release where is_current"))
        before = rollback.release_before(cursor)
        return release, before, anomalies.find_anomalies(cursor, before, rollback.restore_for_inspection)


def format_text(release: str, before: str | None, found: list["Anomaly"], only_new: bool) -> Iterator[str]:
    """The findings as text: a line per check, and the first rows of those that find something."""
    yield f"release {release}, compared with {before or 'nothing: no earlier release is kept'}"
    for finding in found:
        rows = finding.new if only_new else finding.rows
        total = f"{len(finding.rows)} rows, {finding.allowed} allowed, {len(finding.new)} new"
        yield f"{'odd' if finding.is_anomalous else 'ok':<4}{finding.kind}: {finding.check}: {total}"
        if finding.is_anomalous:
            for relation, key, detail in rows[:SHOWN]:
                yield f"      {'new ' if (relation, key, detail) in finding.new else ''}{relation} {key}: {detail}"
            if len(rows) > SHOWN:
                yield f"      ... and {len(rows) - SHOWN} more (--json lists all)"
