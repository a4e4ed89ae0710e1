"""Settling: the revision in the making goes into the published tables, inside the transaction of a publication.

Views and materialized views that were made over the views that stood for tables are made again over the tables
themselves, as candidates that publication then moves like any other. Those of the release before keep what they said.
"""

from collections.abc import Sequence
from typing import Any

from pipeline.acquire.snapshot import SourceFile
from pipeline.postgres import Cursor, scalar
from pipeline.relations import building, revising, viewing
from targets.relations import Relation


def settle(cursor: Cursor, relations: Sequence[Relation], files: Sequence[SourceFile]) -> None:
    """Changes the published tables and signs them as their stand-ins were; does nothing where there is no revision."""
    tables = revising.revised(cursor)
    signed = {table: _signed(cursor, table) for table in tables}
    views = [each for each in relations if tables and _is_candidate_view(cursor, each.name)]
    revising.apply(cursor, "ntsb", tables)
    cursor.execute("set local search_path = ntsb, public")
    for table in tables:
        building.comment(cursor, table, [file.source for file in files])
    # In any case: what is left of a revision of the tables that now go is of no use.
    revising.end(cursor)
    for table, (stamp, rows, sums) in signed.items():
        cursor.execute("select audit.sign(%s, %s, %s, %s)", (f"ntsb.{table}", stamp, rows, sums))
    for relation in sorted(views, key=lambda each: viewing.names().index(each.name)):
        viewing.make_view(cursor, relation, [])


def _signed(cursor: Cursor, table: str) -> tuple[Any, ...]:
    cursor.execute("select stamp, rows, sums from audit.relation where oid = to_regclass(%s)", (f"candidate.{table}",))
    return cursor.fetchone() or ()


def _is_candidate_view(cursor: Cursor, name: str) -> bool:
    return name in viewing.names() and scalar(cursor, "select to_regclass(%s)", f"candidate.{name}") is not None
