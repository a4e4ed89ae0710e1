"""Signatures: a task signs each relation in the transaction that creates it, and any later write removes the signature.

A signature records the task's fingerprint, the shape of the relation and, of a table, a digest of its rows; it shows
whether the relation is what the task created.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from psycopg2.sql import SQL, Identifier

from pipeline.postgres.connection import Cursor
from targets.relations import Relation, signed_names

# {relkind: keyword}
RELATION_KINDS = {"r": "table", "v": "view", "m": "materialized view"}

STALE_CANDIDATES = """
select class.relname, class.relkind
from unnest(%s::text [], %s::text []) as expected (name, fingerprint)
inner join pg_class as class
    on class.relname = expected.name and class.relnamespace = 'candidate'::regnamespace
    and class.relkind in ('r', 'v', 'm')
left join audit.relation as signed
    on signed.oid = class.oid and signed.fingerprint = expected.fingerprint and signed.shape = audit.shape(class.oid)
where signed.oid is null
"""

CREATE_UNSIGN_TRIGGER = """
create or replace trigger unsign after insert or update or delete or truncate on {} execute function audit.unsign()
"""


def sign_table(cursor: Cursor, relation: Relation) -> int:
    """Sign candidate.<name> with a digest of its rows, and return their number."""
    return sign_sums(cursor, relation, *sum_rows(cursor, relation))


def sum_rows(cursor: Cursor, relation: Relation) -> tuple[int, list[Decimal]]:
    """Return (rows, sums of their hashes) of candidate.<name>, from which its digest is computed."""
    cursor.execute("select * from audit.sums(%s)", (f"candidate.{relation.name}",))
    rows, sums = cursor.fetchone() or (0, [])
    return int(rows), sums


def sign_sums(cursor: Cursor, relation: Relation, rows: int, sums: Sequence[Decimal]) -> int:
    """Sign candidate.<name> with its number of rows and their sums, and return the number of rows.

    The rows must have been counted and summed in the same transaction.
    """
    cursor.execute(SQL(CREATE_UNSIGN_TRIGGER).format(Identifier("candidate", relation.name)))
    sign(cursor, relation, rows, sums)
    return rows


def sign_view(cursor: Cursor, relation: Relation) -> None:
    """Sign candidate.<name>, a view or materialized view, without a digest of its rows."""
    sign(cursor, relation, None, None)


def sign(
    cursor: Cursor, relation: Relation, rows: int | None, sums: Sequence[Decimal] | None, shaped_as: str | None = None
) -> None:
    """Sign candidate.<name>; `shaped_as`: the published table that it replaces, if it is a view."""
    values = (f"candidate.{relation.name}", relation.fingerprint, rows, sums and list(sums), shaped_as)
    cursor.execute("select audit.sign(%s, %s, %s, %s, %s)", values)
    signed_names.add(relation.name)


def sign_schema(cursor: Cursor, schema: str, fingerprint: str) -> None:
    """Sign all relations of a schema as a whole."""
    cursor.execute(
        """
        insert into audit.bundle (schema_name, fingerprint, relations)
        select %s, %s, coalesce(array_agg(class.oid order by class.oid), '{}')
        from pg_class as class
        where class.relnamespace = to_regnamespace(%s) and class.relkind in ('r', 'v', 'm')
        on conflict (schema_name) do update set fingerprint = excluded.fingerprint, relations = excluded.relations
        """,
        (schema, fingerprint, schema),
    )


def drop_stale(cursor: Cursor, relations: Iterable[Relation]) -> None:
    """Drop candidates whose fingerprint is not the expected one, so that the search_path does not find them."""
    expected = {relation.name: relation.fingerprint for relation in relations}
    cursor.execute(STALE_CANDIDATES, (list(expected), list(expected.values())))
    for name, kind in cursor.fetchall():
        drop(cursor, "candidate", name, kind)


def drop_if_exists(cursor: Cursor, schema: str, name: str) -> None:
    """Drop a relation of any kind, and whatever depends on it, if it exists."""
    cursor.execute("select relkind from pg_class where oid = to_regclass(%s)", (f'{schema}."{name}"',))
    if row := cursor.fetchone():
        drop(cursor, schema, name, row[0])


def drop(cursor: Cursor, schema: str, name: str, kind: str) -> None:
    """Drop a relation of a kind (r, v or m) and whatever depends on it, unless it was dropped with another relation."""
    cursor.execute(SQL("drop {} if exists {} cascade").format(SQL(RELATION_KINDS[kind]), Identifier(schema, name)))
