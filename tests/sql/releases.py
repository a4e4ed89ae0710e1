"""Small releases for tests of the history: files of a few events, published with their history."""

import hashlib
import json
from typing import Any

import pytest
from psycopg2 import sql
from psycopg2.extensions import connection as Connection
from psycopg2.extras import execute_values

from pipeline.warehouse import history

# An Access file: {table: rows in order}.
File = dict[str, list[dict[str, Any]]]
Snapshot = dict[str, File]
COLUMNS = {
    "events": (
        "ev_id",
        "ev_city",
        "ev_highest_injury",
        "dec_latitude",
        "dec_longitude",
        "ev_date",
        "latitude",
        "lchg_date",
    ),
    "aircraft": ("ev_id", "aircraft_key", "acft_make", "damage"),
    "findings": ("ev_id", "aircraft_key", "finding_no", "finding_code", "cause_factor"),
    "narratives": ("ev_id", "aircraft_key", "narr_accp", "narr_cause"),
    # A table of events without the columns that all others have.
    "pre1982_causes": ("ev_id",),
    "country": ("country_code", "country_name"),
    "ct_iaids": ("ct_name", "code_iaids", "meaning"),
}
PROVENANCE = ("era", "source_file", "source_row")
KEYS = {
    "events": ("ev_id",),
    "aircraft": ("ev_id", "aircraft_key"),
    "findings": ("ev_id", "aircraft_key", "finding_no"),
    "narratives": ("ev_id", "aircraft_key"),
    "pre1982_causes": ("ev_id",),
    "country": ("country_code",),
    "ct_iaids": ("source_row",),
}
Tables = dict[str, list[dict[str, Any]]]


def merged(snapshot: Snapshot) -> Tables:
    """Rows of each table: each event from the last file that contains it, a lookup table from the last file."""
    last_source = {row["ev_id"]: source for source, file in snapshot.items() for row in file.get("events", [])}
    tables: Tables = {table: [] for table in COLUMNS}
    for table in COLUMNS:
        rows_by_source = {
            source: [
                dict(
                    row, era="api" if source == "api" else "avall", source_file=source, source_row=source_row(table, n)
                )
                for n, row in enumerate(rows)
            ]
            for source, file in snapshot.items()
            if (rows := file.get(table, []))
        }
        if "ev_id" in COLUMNS[table]:
            tables[table] = [
                row for source, rows in rows_by_source.items() for row in rows if last_source[row["ev_id"]] == source
            ]
        elif rows_by_source:
            tables[table] = list(rows_by_source.values())[-1]
    return tables


def source_row(table: str, index: int) -> int:
    """Number of the source row; pairs of findings share one, as rows that a query of an era derives do."""
    return 1 + (index // 2 if table == "findings" else index)


def content(tables: Tables) -> dict[tuple[str, ...], dict[str, Any]]:
    """{(table, key ...): row without its provenance columns}."""
    return {
        (table, *(str(row[name]) for name in KEYS[table])): {
            name: row.get(name) for name in COLUMNS[table] if row.get(name) is not None
        }
        for table, rows in tables.items()
        for row in rows
    }


def identity(value: Any) -> str:
    """12 hex digits over a JSON value."""
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()[:12]


class Publisher:
    """Publishes snapshots one after the other, and keeps the rows and digests of each release.

    `min_run_rows`: replaces history.MIN_RUN_ROWS.
    """

    def __init__(self, database: Connection, min_run_rows: int = history.MIN_RUN_ROWS) -> None:
        self.database, self.min_run_rows = database, min_run_rows
        self.current: str | None = None
        self.tables: dict[str, Tables] = {}
        self.digests: dict[str, dict[str, Any]] = {}
        with database.cursor() as cursor:
            cursor.execute("drop schema ntsb cascade; drop schema candidate cascade; create schema ntsb")
            cursor.execute("create schema candidate")
            cursor.execute(
                "truncate history.change, history.row_version, history.moved_run, history.event_version, "
                "history.correction_change"
            )

    def publish(self, snapshot: Snapshot) -> str:
        """Publishes a snapshot and returns the id of the release, which is the same for the same rows."""
        tables = merged(snapshot)
        release = identity(tables)
        with self.database.cursor() as cursor:
            for table in COLUMNS:
                cursor.execute(f"create table candidate.{table} (like contract.{table} including all)")
                self.fill(table, tables[table])
            fingerprints = {source: identity(file) for source, file in snapshot.items()}
            cursor.execute("begin")
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(history, "MIN_RUN_ROWS", self.min_run_rows)
                history.record_change(
                    cursor, self.current, release, fingerprints, history.tables_in_schema(cursor, "candidate")
                )
            for table in COLUMNS:
                cursor.execute(f"drop table if exists ntsb.{table}; alter table candidate.{table} set schema ntsb")
            cursor.execute("commit")
        self.current = release
        self.tables[release] = tables
        self.digests[release] = {table: self.digest(f"ntsb.{table}") for table in COLUMNS}
        return release

    def fill(self, table: str, rows: list[dict[str, Any]]) -> None:
        """Inserts rows into candidate.<table>."""
        names = (*COLUMNS[table], *PROVENANCE)
        insert = sql.SQL("insert into candidate.{} ({}) values %s").format(
            sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, names))
        )
        with self.database.cursor() as cursor:
            execute_values(cursor, insert, [tuple(row.get(name) for name in names) for row in rows])

    def digest(self, relation: str) -> Any:
        """(rows, digest) of a relation."""
        return self.ask("select * from audit.digest(%s)", relation)[0]

    def ask(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        """The rows of a query."""
        with self.database.cursor() as cursor:
            cursor.execute(query, values or None)
            return cursor.fetchall()

    def as_of(self, table: str, release: str) -> Any:
        """((rows, digest) of history.as_of, number of rows whose derived values are wrong)."""
        with self.database.cursor() as cursor:
            cursor.execute(
                f"create temp table earlier (like ntsb.{table});"
                f"create temp table built (like ntsb.{table} including generated)"
            )
            cursor.execute(f"insert into earlier select * from history.as_of(null::ntsb.{table}, %s)", (release,))
            cursor.execute(
                "select coalesce(array_agg(attname::text) filter (where audit.is_derived(pg_attribute)), '{}'), "
                "string_agg(quote_ident(attname), ', ') filter (where not audit.is_derived(pg_attribute)) "
                "from pg_attribute where attrelid = 'built'::regclass and attnum > 0"
            )
            ((derived, stored),) = cursor.fetchall()
            cursor.execute(f"insert into built ({stored}) select {stored} from earlier")
            if "search_vector" in derived:
                words = "convert.full_text(narr_cause, narr_accp, narr_inc, narr_accf)"
                cursor.execute(f"update built set search_vector = {words}")
            cursor.execute(
                "select count(*) from "
                "(select e::text from earlier as e except all select b::text from built as b) as wrong"
            )
            ((n_wrong,),) = cursor.fetchall()
            for name in derived:
                cursor.execute(f"alter table earlier drop column {name}")
            cursor.execute("select * from audit.digest('earlier')")
            digest = cursor.fetchone()
            cursor.execute("drop table earlier, built")
        return digest, n_wrong
