"""Scores of a model as a table in the mart: made and signed aside, then moved to its home in the same transaction."""

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path

from pipeline.postgres import Cursor, scalar
from pipeline.relations.patience import patiently
from pipeline.relations.signing import sign_table
from pipeline.settings import SQL
from targets.relations import Relation

FILE: Path = SQL / "scores" / "severity_score.sql"


def publish_scores(cursor: Cursor, relation: Relation, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> int:
    """Puts the rows where readers find them, in place of those before; returns their number.

    Scores come after the release: they hang on models that read it, so they are no part of it and a new release
    leaves them as they are until they are made anew.
    """
    name = relation.name
    cursor.execute(f"drop table if exists candidate.{name}")
    cursor.execute("set local search_path = candidate, public")
    cursor.execute(FILE.read_text())
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    text.seek(0)
    cursor.copy_expert(f"copy candidate.{name} ({', '.join(columns)}) from stdin (format csv)", text)
    cursor.execute(f"analyze candidate.{name}")
    count = sign_table(cursor, relation)
    patiently(cursor, lambda: _move(cursor, relation))
    if scalar(cursor, "select exists (select from pg_roles where rolname = 'ntsb_reader')"):
        cursor.execute(f"grant select on {relation.home}.{name} to ntsb_reader")
    return count


def _move(cursor: Cursor, relation: Relation) -> None:
    cursor.execute(f"drop table if exists {relation.home}.{relation.name}")
    cursor.execute(f"alter table candidate.{relation.name} set schema {relation.home}")
