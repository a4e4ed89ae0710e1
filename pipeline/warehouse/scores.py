"""Scores of a model, published as a table of the mart: built as a candidate and moved in the same transaction."""

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path

from pipeline.config import SQL
from pipeline.postgres.connection import Cursor, fetch_value
from pipeline.warehouse.release.locks import lock_relations
from pipeline.warehouse.signatures import sign_table
from targets.relations import Relation

TABLE_FILE: Path = SQL / "scores" / "severity_score.sql"


def publish_scores(cursor: Cursor, relation: Relation, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> int:
    """Replaces the published scores with these rows, and returns their number.

    Scores depend on models that were trained on a release, so they are not part of it: a new release does not change
    them until events are scored again.
    """
    name = relation.name
    cursor.execute(f"drop table if exists candidate.{name}")
    cursor.execute("set local search_path = candidate, public")
    cursor.execute(TABLE_FILE.read_text())
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    text.seek(0)
    cursor.copy_expert(f"copy candidate.{name} ({', '.join(columns)}) from stdin (format csv)", text)
    cursor.execute(f"analyze candidate.{name}")
    count = sign_table(cursor, relation)
    published = fetch_value(cursor, "select to_regclass(%s)::oid", f"{relation.target_schema}.{name}")
    lock_relations(cursor, [published] if published else [])
    _move(cursor, relation)
    if fetch_value(cursor, "select exists (select from pg_roles where rolname = 'ntsb_reader')"):
        cursor.execute(f"grant select on {relation.target_schema}.{name} to ntsb_reader")
    return count


def _move(cursor: Cursor, relation: Relation) -> None:
    cursor.execute(f"drop table if exists {relation.target_schema}.{relation.name}")
    cursor.execute(f"alter table candidate.{relation.name} set schema {relation.target_schema}")
