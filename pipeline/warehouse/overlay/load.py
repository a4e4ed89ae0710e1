"""The table audit.correction: the reviewed corrections of a release, as its folder declared them."""

import json
from collections.abc import Sequence

from psycopg2.extras import execute_values

from pipeline.errors import InvalidCorrections
from pipeline.postgres.connection import Cursor
from pipeline.warehouse.column_comments import comment_columns
from pipeline.warehouse.overlay.definitions import Correction
from pipeline.warehouse.overlay.validation import find_mistakes
from pipeline.warehouse.signatures import drop_if_exists, sign_table
from targets.relations import Relation

REVIEW_COMMENTS = {
    "source": "Document that the correct value comes from.",
    "reviewer": "Who reviewed the correction.",
    "review_date": "Date of the review.",
}
CREATE_TABLE = """
create table correction (
    id text primary key, kind text not null, table_name text not null, key_values text [], column_name text not null,
    changes jsonb not null, from_column text, only_null boolean not null, where_column text, where_value text,
    expected_rows bigint, tolerance bigint not null, source text not null, reviewer text not null,
    review_date date not null
);
comment on table correction is
'One row per reviewed correction that the folder of corrections declared for this release: a value, or a bulk rule.'
"""
COMMENTS = REVIEW_COMMENTS | {
    "id": "Identifier of the correction: its own, or a digest of its content.",
    "kind": "value: one value of one row; mapping: all rows with a value; copy: a value from another column.",
    "table_name": "Published table that is corrected.",
    "key_values": "Values of the primary key of the row, as text, in the order of the key; null for bulk rules.",
    "column_name": "Column that is corrected.",
    "changes": "Pairs of the value in the source and the correct value, as text; null for no value.",
    "from_column": "Column from which the correct value is copied; null unless the kind is copy.",
    "only_null": "Whether only rows without a value are changed.",
    "where_column": "Column whose value limits the rows of a bulk rule; null for all rows.",
    "where_value": "Value of where_column that limits the rows, as text; null for rows without a value.",
    "expected_rows": "Number of rows that a bulk rule changes, as it states; null for a single value.",
    "tolerance": "Number of rows by which the changed rows may differ from expected_rows.",
}
INSERT = "insert into correction values %s"
TEMPLATE = "(%s, %s, %s, %s, %s, %s::jsonb, %s, %s, %s, %s, %s, %s, %s, %s, %s)"


def require_valid(cursor: Cursor, corrections: Sequence[Correction], mistakes: Sequence[str]) -> None:
    """Raise InvalidCorrections with the mistakes of the files and of corrections that do not fit the table schema."""
    if lines := [*mistakes, *find_mistakes(cursor, corrections)]:
        raise InvalidCorrections("Mistakes in the corrections:\n" + "\n".join(f"  {mistake}" for mistake in lines))


def load_table(cursor: Cursor, relation: Relation, corrections: Sequence[Correction], mistakes: Sequence[str]) -> None:
    """Create, fill and sign candidate.correction. Raises InvalidCorrections."""
    require_valid(cursor, corrections, mistakes)
    drop_if_exists(cursor, "candidate", relation.name)
    cursor.execute("set local search_path = candidate, public")
    fill_table(cursor, corrections)
    sign_table(cursor, relation)


def fill_table(cursor: Cursor, corrections: Sequence[Correction]) -> None:
    """Create and fill the table in the first schema of the search_path."""
    cursor.execute(CREATE_TABLE)
    comment_columns(cursor, "correction", COMMENTS)
    rows = [_row(correction) for correction in sorted(corrections, key=lambda correction: correction.id)]
    execute_values(cursor, INSERT, rows, TEMPLATE)


def _row(correction: Correction) -> tuple[object, ...]:
    where = correction.where or (None, None)
    return (
        correction.id,
        correction.kind,
        correction.table,
        list(correction.key) if correction.kind == "value" else None,
        correction.column,
        json.dumps(correction.changes),
        correction.from_column or None,
        correction.only_null,
        *where,
        correction.rows,
        correction.tolerance,
        correction.source,
        correction.reviewer,
        correction.date,
    )
