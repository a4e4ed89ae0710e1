"""Answers of report queries, read in one transaction from the release that readers see."""

from collections.abc import Mapping
from pathlib import Path

from pipeline.fingerprint import strip_sql_comments
from pipeline.postgres.connection import transaction
from reports.shared.data import Query


def run_queries(queries: Mapping[str, Path]) -> dict[str, Query]:
    """{name: answer} of each SQL file; all of them see the same release."""
    found = {}
    with transaction("ntsb", "staging", "mart", "audit", "history", "code_mappings", read_only=True) as cursor:
        for name, path in queries.items():
            # As its fingerprint sees it: the page shows this text.
            sql = strip_sql_comments(path.read_text(encoding="utf-8"))
            cursor.execute(sql)
            columns = tuple(column.name for column in cursor.description or ())
            found[name] = Query(name, sql, columns, tuple(cursor.fetchall()))
    return found
