"""Says what this store holds: the release that readers see, its sources and tables, what the audit found, where the
database runs, and how much room all of it takes. Publishes and builds nothing; a store without a database gets none.
"""

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pipeline.postgres.connection import Cursor

SUMMARY = "what is published, where, and in what state"

RELEASES = """
select id, snapshot, is_current, sources, not exists (
    select from audit.release_relation as listed
    where listed.release = release.id and not exists (select from pg_class where pg_class.oid = listed.oid)
) as is_kept
from audit.release
order by publication desc
"""

# Of the current release; rows are those that were counted when the table was signed.
TABLES = """
select target_schema || '.' || name as relation, rows
from audit.release_relation
inner join audit.release on release.id = release_relation.release and release.is_current
where target_schema in ('ntsb', 'code_mappings') and rows is not null
order by target_schema, name
"""

CHECKS = "select status, count(*) from audit.check_result group by status order by status"
FAILED_CHECKS = """
select check_name, status, offending, description
from audit.check_result
where status in ('failed', 'warned')
order by status, check_name
"""
QUARANTINE = "select reason, count(*) from audit.quarantine group by reason order by reason"
FLAGS = "select flag, count(*) from audit.flag group by flag order by flag"


def arguments(parser: argparse.ArgumentParser) -> None:
    """How to show the answer."""
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(options: argparse.Namespace) -> int:
    """Prints what the store holds."""
    facts = read_status()
    print(json.dumps(facts, indent=1) if options.json else "\n".join(format_text(facts)))
    return 0


def read_status() -> dict[str, Any]:
    """{store, bytes, database, release}; `release` is None where nothing is published."""
    from pipeline import config
    from pipeline.postgres.connection import database_exists, fetch_value, transaction

    sizes = {name: folder_size(folder) for name, folder in _folders().items()}
    facts: dict[str, Any] = {
        "store": str(config.store_folder()),
        "bytes": sizes,
        "database": _server(),
        "release": None,
    }
    if not database_exists():
        return facts
    with transaction(read_only=True) as cursor:
        if fetch_value(cursor, "select to_regclass('audit.release')") is not None:
            facts["release"] = _release(cursor)
    return facts


def _release(cursor: "Cursor") -> dict[str, Any] | None:
    """The current release, with what is known of it."""
    cursor.execute(RELEASES)
    found = cursor.fetchall()
    current = next((row for row in found if row[2]), None)
    if current is None:
        return None
    cursor.execute(FAILED_CHECKS)
    complaints = [dict(zip(("check", "status", "rows", "description"), row, strict=True)) for row in cursor.fetchall()]
    totals = {"tables": TABLES, "checks": CHECKS, "quarantine": QUARANTINE, "flags": FLAGS}
    return {
        "id": current[0],
        "snapshot": current[1],
        "sources": current[3],
        "earlier_kept": [row[0] for row in found if row[4] and not row[2]],
        "complaints": complaints,
        **{name: _pairs(cursor, query) for name, query in totals.items()},
    }


def _pairs(cursor: "Cursor", query: str) -> dict[str, int]:
    cursor.execute(query)
    return {str(name): int(number) for name, number in cursor.fetchall()}


def _server() -> str:
    from pipeline import config
    from pipeline.postgres import errors, server
    from pipeline.postgres.connection import embedded_server_folder

    if external := config.Postgres().external_url():
        return f"external {errors.describe_url(external)['server']}"
    folder = embedded_server_folder()
    if not server.exists(folder):
        return "embedded, not created yet"
    return f"embedded in {folder}, {'running' if server.is_running(folder) else 'stopped'}"


def _folders() -> dict[str, Path]:
    from pipeline import config
    from pipeline.postgres.connection import embedded_server_folder

    targets = config.targets_folder()
    database = (embedded_server_folder() / "server").resolve()
    named = {"database": database} | {name: targets / name for name in ("archive", "access", "parquet", "duckdb")}
    return named | {"models": config.mlflow_folder(), "reports": config.html_folder()}


def folder_size(folder: Path) -> int:
    """Bytes of a folder's files; a file that goes away meanwhile counts nothing."""
    total = 0
    for path in folder.rglob("*"):
        try:
            total += 0 if path.is_symlink() or not path.is_file() else path.stat().st_size
        except OSError:
            continue
    return total


def format_text(facts: dict[str, Any]) -> Iterator[str]:
    """The answer as text."""
    sizes = facts["bytes"]
    parts = _format_counts(sizes, lambda number: f"{number / 1e6:.1f}")
    yield f"store     {facts['store']}: {sum(sizes.values()) / 1e6:.1f} MB ({parts})"
    yield f"database  {facts['database']}"
    release = facts["release"]
    if release is None:
        yield "release   none yet: run `luigi --module pipeline AllReports`"
        return
    yield f"release   {release['id']} of snapshot {release['snapshot']}"
    for file in release["sources"]:
        yield f"  {file['source']:<10}{file['sha256']}{file['bytes']:>13,} bytes"
    yield f"earlier   {', '.join(release['earlier_kept']) or 'none'} kept"
    yield "tables"
    for name, rows in release["tables"].items():
        yield f"  {name:<36}{rows:>13,} rows"
    yield f"checks    {_format_counts(release['checks'])}"
    for each in release["complaints"]:
        yield f"  {each['status']} {each['check']}: {each['rows']} rows ({each['description']})"
    yield f"quarantined {sum(release['quarantine'].values()):,} rows: {_format_counts(release['quarantine']) or 'none'}"
    yield f"flags     {sum(release['flags'].values()):,}: {_format_counts(release['flags']) or 'none'}"


def _format_counts(numbers: dict[str, int], text: Any = str) -> str:
    return ", ".join(f"{name} {text(number)}" for name, number in numbers.items())
