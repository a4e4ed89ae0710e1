"""Results of report queries, read from the current release in one transaction."""

from collections.abc import Mapping
from pathlib import Path

from pipeline.fingerprint import strip_sql_comments
from pipeline.postgres.connection import transaction
from reports.shared.data import SCHEMAS, Query


def run_queries(queries: Mapping[str, Path]) -> dict[str, Query]:
    """Return {name: query with its result} of each SQL file; all of them see the same release."""
    results = {}
    with transaction(*SCHEMAS, read_only=True) as cursor:
        for name, path in queries.items():
            # The text that determines the fingerprint, without comments; the page shows it.
            sql = strip_sql_comments(path.read_text(encoding="utf-8"))
            cursor.execute(sql)
            columns = tuple(column.name for column in cursor.description or ())
            results[name] = Query(name, sql, columns, tuple(cursor.fetchall()))
    return results
