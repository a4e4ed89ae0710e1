"""Print what this store contains: the current release with its sources and tables, check results, quarantined rows and
flags, the database server, and disk usage. Builds nothing, and creates no database if there is none.
"""

import argparse
import contextlib
import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pipeline import config
from pipeline.errors import PipelineError, SourceError, StudyNotFound
from pipeline.ingest import source_state
from pipeline.ingest.editions import Ignored, format_ignored
from pipeline.ingest.enterprise_api import configured
from pipeline.ingest.enterprise_api.download import utc_now
from pipeline.ingest.snapshot import MADE_UP
from pipeline.operations import release_state
from pipeline.postgres import errors, server
from pipeline.postgres.connection import (
    Cursor,
    database_exists,
    embedded_server_folder,
    fetch_records,
    fetch_value,
    relation_exists,
    transaction,
)
from pipeline.warehouse import editions
from targets.relations import IS_PREPARED

SUMMARY = "print the current release, its checks, and where it is stored"

RELEASES = """
select id, snapshot, is_current, sources, not exists (
    select from audit.release_relation as listed
    where listed.release = release.id and not exists (select from pg_class where pg_class.oid = listed.oid)
) as is_kept
from audit.release
order by publication desc
"""

# Tables of the current release, with the row counts recorded when they were signed.
TABLES = """
select target_schema || '.' || name as relation, rows
from audit.release_relation
inner join audit.release on release.id = release_relation.release and release.is_current
where target_schema in ('ntsb', 'code_mappings') and rows is not null
order by target_schema, name
"""

FAILED_CHECKS = """
select check_name as check, status, offending as rows, description
from audit.check_result
where status in ('failed', 'warned')
order by status, check_name
"""
QUARANTINE = "select reason, count(*) from audit.quarantine group by reason order by reason"
FLAGS = "select flag, count(*) from audit.flag group by flag order by flag"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(options: argparse.Namespace) -> int:
    status = read_status()
    print(json.dumps(status, indent=1) if options.json else "\n".join(format_text(status)))
    return 0


def require_release(command: str) -> str:
    """Return the id of the current release. Raises PipelineError, without creating a database, if there is none."""
    release = current_release(command)
    if release is None:
        raise PipelineError(
            f"{command}: expected a published release, found none; run `luigi --module pipeline AllReports`"
        )
    return release


def require_study(command: str, *names: str) -> tuple[Path, Path]:
    """Return the folder of the study and the feature table. Raises StudyNotFound if it or one of the files is missing.

    `names`: of files in the folder.
    """
    targets = config.targets_folder()
    study, table = targets / "studies" / "severity", targets / "features" / "event_features.parquet"
    missing = [str(path) for path in (*(study / name for name in names), table) if not path.exists()]
    if missing:
        raise StudyNotFound(
            f"{command}: expected the files of a study, found no {', '.join(missing)}; "
            "run `luigi --module pipeline AllReports`"
        )
    return study, table


def current_release(command: str) -> str | None:
    """Return the id of the current release, or None; creates no database. Raises PipelineError for an old one."""
    if not database_exists():
        return None
    with transaction(read_only=True) as cursor:
        if not relation_exists(cursor, "audit.publication_log"):
            return None
        # Columns and functions have other names.
        if not fetch_value(cursor, IS_PREPARED):
            raise PipelineError(
                f"{command}: expected a database prepared by this version, found one of an earlier version; run "
                "`luigi --module pipeline PrepareDatabase` once, which changes nothing that is published"
            )
        release = fetch_value(cursor, "select id from audit.release where is_current")
        return str(release) if release else None


def read_status() -> dict[str, Any]:
    """Return {store, bytes, database, ignored, api, release}; `release` is None if nothing is published."""
    status: dict[str, Any] = {
        "store": str(config.store_folder()),
        "bytes": {name: size_of(folder) for name, folder in _folders().items()},
        # First, because queries start the embedded server.
        "database": _server(),
        "ignored": _ignored(),
        "api": _api(),
        "release": None,
    }
    if current_release("status"):
        with transaction(read_only=True) as cursor:
            status["release"] = _release(cursor)
    return status


def _api() -> dict[str, Any] | None:
    """Return {months, missing, cases, open_cases, retrieved} of the archived months of NTSB's API, None without it."""
    if not config.Sources().uses_api():
        return None
    download, now = configured.download(config.Api(), config.targets_folder()), utc_now()
    records = [record for month in download.wanted(now) if (record := download.months.record(month))]
    return {
        "months": len(records),
        "missing": len(download.missing(now)),
        "cases": sum(record["cases"] for record in records),
        "open_cases": sum(record["open_cases"] for record in records),
        "retrieved": max((record["retrieved"][:19] for record in records), default=None),
    }


def _ignored() -> list[dict[str, str]]:
    """Return {name, reason} of each file that is not used, or of the location if it cannot be read."""
    try:
        return [asdict(item) for item in source_state.ignored_files()]
    except SourceError as error:
        return [{"name": "all files", "reason": str(error)}]


def _release(cursor: Cursor) -> dict[str, Any]:
    """Return the current release with its sources, tables and check results."""
    cursor.execute(RELEASES)
    releases = cursor.fetchall()
    (current,) = [row for row in releases if row[2]]
    cursor.execute(FAILED_CHECKS)
    failed_checks = fetch_records(cursor)
    totals = {"tables": TABLES, "checks": release_state.CHECKS, "quarantine": QUARANTINE, "flags": FLAGS}
    return {
        "id": current[0],
        "snapshot": current[1],
        "sources": current[3],
        "without_newer_events": dict(editions.files_without_newer_events(cursor)),
        "earlier_kept": [row[0] for row in releases if row[4] and not row[2]],
        "failed_checks": failed_checks,
        **{name: release_state.counts(cursor, query) for name, query in totals.items()},
    }


def _server() -> str:
    """Return which database server is used, and whether it runs."""
    if external := config.Postgres().external_url():
        return f"external {errors.describe_url(external)['server']}"
    folder = embedded_server_folder()
    if not server.exists(folder):
        return "embedded, not created yet"
    return f"embedded in {folder}, {'running' if server.is_running(folder) else 'stopped'}"


def _folders() -> dict[str, Path]:
    """Return {name: folder} of everything that takes up disk space."""
    targets = config.targets_folder()
    database = (embedded_server_folder() / "server").resolve()
    folders = {"database": database} | {name: targets / name for name in ("archive", "access", "parquet", "duckdb")}
    return folders | {"models": config.mlflow_folder(), "reports": config.html_folder()}


def size_of(*paths: Path) -> int:
    """Return the size in bytes of files, and of all files in folders, without those deleted during the call."""
    total = 0
    for path in (member for root in paths for member in (root, *root.rglob("*"))):
        with contextlib.suppress(OSError):
            total += path.stat().st_size if path.is_file() and not path.is_symlink() else 0
    return total


def format_text(status: dict[str, Any]) -> Iterator[str]:
    """Yield the status as lines of text."""
    sizes = status["bytes"]
    parts = _format_counts(sizes, lambda number: f"{number / 1e6:.1f}")
    yield f"store     {status['store']}: {sum(sizes.values()) / 1e6:.1f} MB ({parts})"
    yield f"database  {status['database']}"
    yield from format_ignored(Ignored(**item) for item in status["ignored"])
    if api := status["api"]:
        yield f"api       {api['months']} months archived, {api['missing']} missing; {api['cases']:,} cases, " + (
            f"{api['open_cases']:,} of them open; last retrieved {api['retrieved'] or 'never'}"
        )
    release = status["release"]
    if release is None:
        yield "release   none; run `luigi --module pipeline AllReports`"
        return
    yield f"release   {release['id']} of snapshot {release['snapshot']}"
    for file in release["sources"]:
        made_up = ", made-up events" if file.get(MADE_UP) else ""
        yield f"  {file['source']:<18}{file['sha256']}{file['bytes']:>13,} bytes{made_up}"
    for name, reason in release["without_newer_events"].items():
        yield f"  {name} contributes nothing: {reason}"
    yield f"earlier   {', '.join(release['earlier_kept']) or 'none'} kept"
    yield "tables"
    for name, rows in release["tables"].items():
        yield f"  {name:<36}{rows:>13,} rows"
    yield f"checks    {_format_counts(release['checks'])}"
    for check in release["failed_checks"]:
        yield f"  {check['status']} {check['check']}: {check['rows']} rows ({check['description']})"
    yield f"quarantined {sum(release['quarantine'].values()):,} rows: {_format_counts(release['quarantine']) or 'none'}"
    yield f"flags     {sum(release['flags'].values()):,}: {_format_counts(release['flags']) or 'none'}"


def _format_counts(numbers: dict[str, int], text: Any = str) -> str:
    return ", ".join(f"{name} {text(number)}" for name, number in numbers.items())
