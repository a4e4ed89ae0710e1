"""List anomalies of the current release: missing critical fields, coordinates outside their state or country, jumps
in counts by year, state and severity, rows without parents, duplicates. Anomalies that the previous release did not
have are marked as new. Exit code 1 if a check finds more than it allows; with --new, if any anomaly is new.
"""

import argparse
import json
from collections.abc import Iterator

from pipeline.cli.status import require_release
from pipeline.config import Checks
from pipeline.postgres.connection import fetch_value, transaction
from pipeline.warehouse.quality import anomalies, checks
from pipeline.warehouse.quality.anomalies import Anomaly
from pipeline.warehouse.release import rollback

SUMMARY = "list anomalies of the current release, and which of them are new"
MAX_ROWS = 5


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--new", action="store_true", help="only anomalies that the previous release did not have")
    parser.add_argument("--json", action="store_true", help="print JSON, with every row")


def run(options: argparse.Namespace) -> int:
    release, previous, results = current_anomalies()
    if options.json:
        content = {"release": release, "before": previous, "findings": [anomaly.as_json() for anomaly in results]}
        print(json.dumps(content, indent=1))
    else:
        print("\n".join(format_text(release, previous, results, options.new)))
    return int(any(anomaly.new if options.new else anomaly.is_anomalous for anomaly in results))


def current_anomalies() -> tuple[str, str | None, list[Anomaly]]:
    """Return (current release, previous one if it is kept, result of every check), read in one transaction."""
    require_release("anomalies")
    with transaction("ntsb", "mart", "audit", alone=True, owner=True) as cursor:
        cursor.execute("set transaction isolation level repeatable read")
        checks.set_limits(cursor, Checks().param_kwargs)
        release = str(fetch_value(cursor, "select id from audit.release where is_current"))
        previous = rollback.release_before(cursor)
        return release, previous, anomalies.find_anomalies(cursor, previous, rollback.restore_for_inspection)


def format_text(release: str, previous: str | None, results: list[Anomaly], only_new: bool) -> Iterator[str]:
    """Yield one line per check, and the first rows of checks that find too many."""
    yield f"release {release}, compared with {previous or 'nothing: no earlier release is kept'}"
    for anomaly in results:
        rows = anomaly.new if only_new else anomaly.rows
        total = f"{len(anomaly.rows)} rows, {anomaly.allowed} allowed, {len(anomaly.new)} new"
        yield f"{'anomaly' if anomaly.is_anomalous else 'ok':<9}{anomaly.kind}: {anomaly.check}: {total}"
        if anomaly.is_anomalous:
            for relation, key, detail in rows[:MAX_ROWS]:
                yield f"           {'new ' if (relation, key, detail) in anomaly.new else ''}{relation} {key}: {detail}"
            if len(rows) > MAX_ROWS:
                yield f"           ... and {len(rows) - MAX_ROWS} more (--json lists all)"
