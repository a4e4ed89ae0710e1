"""Signing what a step has made in the database, inside the transaction that made it."""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from pipeline.postgres.connection import Cursor
from targets.relations import Relation

CREATE_UNSIGN_TRIGGER = """
create or replace trigger unsign after insert or update or delete or truncate on {} execute function audit.unsign()
"""


def sign_table(cursor: Cursor, relation: Relation) -> int:
    """Signs candidate.<name> with a digest of its rows; any write takes the signature away. Returns its rows."""
    return sign_sums(cursor, relation, *sum_rows(cursor, relation))


def sum_rows(cursor: Cursor, relation: Relation) -> tuple[int, list[Decimal]]:
    """(rows, sums of their hashes) of candidate.<name>, what its digest is made of."""
    cursor.execute("select * from audit.sums(%s)", (f"candidate.{relation.name}",))
    rows, sums = cursor.fetchone() or (0, [])
    return int(rows), sums


def sign_sums(cursor: Cursor, relation: Relation, rows: int, sums: Sequence[Decimal]) -> int:
    """Signs candidate.<name>, whose rows were summed in this transaction. Returns how many there are."""
    name = f"candidate.{relation.name}"
    cursor.execute(CREATE_UNSIGN_TRIGGER.format(name))
    cursor.execute("select audit.sign(%s, %s, %s, %s)", (name, relation.fingerprint, rows, list(sums)))
    return rows


def sign_view(cursor: Cursor, relation: Relation) -> None:
    """Signs candidate.<name>, a view or materialized view: its rows follow from its definition and what it reads."""
    cursor.execute("select audit.sign(%s, %s, null, null)", (f"candidate.{relation.name}", relation.fingerprint))


def sign_schema(cursor: Cursor, schema: str, fingerprint: str) -> None:
    """Signs all relations of a schema together."""
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
    """Drops candidates that bear another fingerprint than is expected now, so that no name finds them."""
    for relation in relations:
        cursor.execute(
            """
            select class.relkind
            from pg_class as class
            left join audit.relation as signed on signed.oid = class.oid and signed.shape = audit.shape(class.oid)
            where class.oid = to_regclass(%s) and signed.fingerprint is distinct from %s
            """,
            (f"candidate.{relation.name}", relation.fingerprint),
        )
        if found := cursor.fetchone():
            drop(cursor, "candidate", relation.name, found[0])


def drop_if_exists(cursor: Cursor, schema: str, name: str) -> None:
    """Drops a relation of any kind, and what hangs on it, where it is there."""
    cursor.execute("select relkind from pg_class where oid = to_regclass(%s)", (f'{schema}."{name}"',))
    if found := cursor.fetchone():
        drop(cursor, schema, name, found[0])


RELATION_KINDS = {"r": "table", "v": "view", "m": "materialized view"}


def drop(cursor: Cursor, schema: str, name: str, kind: str) -> None:
    """Drops a relation and what hangs on it."""
    cursor.execute(f'drop {RELATION_KINDS[kind]} "{schema}"."{name}" cascade')
