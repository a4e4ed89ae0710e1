"""Scores of a model, published as a table of the mart: built as a candidate and moved in the same transaction."""

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path

from psycopg2.sql import SQL, Identifier

from pipeline import config
from pipeline.postgres.connection import Cursor, fetch_value
from pipeline.warehouse.release import foreign_objects
from pipeline.warehouse.release.storage import REPLACED, drop_schema, move_relation, publish_relation
from pipeline.warehouse.signatures import sign_table
from targets.relations import Relation

TABLE_FILE: Path = config.SQL / "scores" / "severity_score.sql"


def publish_scores(cursor: Cursor, relation: Relation, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> int:
    """Replace the published scores with these rows, and return their number.

    Scores depend on models that were trained on a release, so they are not part of it: a new release does not change
    them until events are scored again.
    """
    name = Identifier("candidate", relation.name)
    cursor.execute(SQL("drop table if exists {}").format(name))
    cursor.execute("set local search_path = candidate, public")
    cursor.execute(TABLE_FILE.read_text(encoding="utf-8"))
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    text.seek(0)
    copied = SQL(", ").join(map(Identifier, columns))
    cursor.copy_expert(SQL("copy {} ({}) from stdin (format csv)").format(name, copied), text)
    cursor.execute(SQL("analyze {}").format(name))
    count = sign_table(cursor, relation)
    replace_published(cursor, relation)
    return count


def replace_published(cursor: Cursor, relation: Relation) -> None:
    """Replace the published table by its candidate. Objects of users that read it are created again."""
    published = fetch_value(cursor, "select to_regclass(%s)::oid", f"{relation.target_schema}.{relation.name}")
    oids = [published] if published else []
    objects = foreign_objects.dependent_objects(cursor, oids)
    foreign_objects.require_recreatable(cursor, objects, "publication")
    foreign_objects.drop_foreign_keys(cursor, objects, oids, "publication")
    objects = foreign_objects.lock(cursor, oids, oids, objects, "publication")
    if published:
        move_relation(cursor, relation.target_schema, relation.name, "r", REPLACED)
    publish_relation(cursor, relation, "r")
    cursor.execute("select audit.grant_access()")
    foreign_objects.recreate(cursor, objects, "publication")
    drop_schema(cursor, REPLACED)
