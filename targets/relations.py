"""Targets inside the database: signed relations and schemas that were filled as a whole."""

import luigi

from pipeline.postgres.connection import Cursor, fetch_value, transaction
from targets.query_cache import cached_queries

Signatures = dict[tuple[str, str], str]

# Of databases that version 0.1 prepared, PrepareDatabase has to rename columns first: until then nothing counts.
IS_PREPARED = """
select exists (select from pg_attribute where attrelid = to_regclass('audit.bundle') and attname = 'fingerprint')
"""

# A view that stands in for a table does not count once a published table that it reads has lost its signature.
SIGNED_RELATIONS = """
select namespace.nspname, class.relname, signed.fingerprint
from audit.relation as signed
inner join pg_class as class on class.oid = signed.oid
inner join pg_namespace as namespace on namespace.oid = class.relnamespace
where
    namespace.nspname !~ '^ntsb_' and signed.shape = audit.shape(signed.oid)
    and (
        signed.shaped_as is null or not exists (
            select from audit.basis left join audit.relation as base on base.oid = basis.oid
            where base.shape is distinct from audit.shape(basis.oid)
        )
    )
"""

INTACT_SCHEMAS = """
select bundle.schema_name, bundle.fingerprint
from audit.bundle as bundle
where not exists (
    select from unnest(bundle.relations) as member (oid)
    where not exists (
        select from pg_class as class
        inner join pg_namespace as namespace on namespace.oid = class.relnamespace
        where class.oid = member.oid and namespace.nspname = bundle.schema_name
    )
)
"""


# Of one server, which committed transactions are seen now: where it is the same again, so is every row.
DATABASE_STATE = "select concat_ws(' ', pg_postmaster_start_time(), current_database(), pg_current_snapshot())"

# The moment of the last question, and what was signed then.
_last_result: tuple[str, Signatures] = ("", {})


def signatures() -> Signatures:
    """{(schema, relation): fingerprint} of what is signed and unchanged, and {(schema, ""): fingerprint} of whole schemas.

    The first question of a run starts the embedded server, in the process that lives as long as the run.
    """
    with cached_queries() as answers:
        if "signatures" not in answers:
            answers["signatures"] = _query_signatures()
        found: Signatures = answers["signatures"]
        return found


def signed_relations(cursor: Cursor) -> Signatures:
    """{(schema, relation): fingerprint} of what is signed and unchanged, as the cursor's transaction sees it."""
    cursor.execute(SIGNED_RELATIONS)
    return {(schema, name): fingerprint for schema, name, fingerprint in cursor.fetchall()}


def _query_signatures() -> Signatures:
    """What is signed; a question is spared where nobody has written since the last one."""
    global _last_result
    with transaction(read_only=True) as cursor:
        moment = str(fetch_value(cursor, DATABASE_STATE))
        if _last_result[0] != moment:
            _last_result = moment, _read_signatures(cursor)
        return _last_result[1]


def _read_signatures(cursor: Cursor) -> Signatures:
    if not fetch_value(cursor, IS_PREPARED):
        return {}
    found = signed_relations(cursor)
    cursor.execute(INTACT_SCHEMAS)
    return found | {(schema, ""): fingerprint for schema, fingerprint in cursor.fetchall()}


class Relation(luigi.Target):
    """A table or view: done where it bears my fingerprint, as a candidate or in its home."""

    def __init__(self, target_schema: str, name: str, fingerprint: str) -> None:
        self.target_schema = target_schema
        self.name = name
        self.fingerprint = fingerprint

    def __repr__(self) -> str:
        return f"Relation({self.target_schema}.{self.name}, {self.fingerprint})"

    def schema(self) -> str | None:
        """`candidate` or the home, wherever the relation with my fingerprint is; None where it is nowhere."""
        found = signatures()
        return next(
            (
                schema
                for schema in ("candidate", self.target_schema)
                if found.get((schema, self.name)) == self.fingerprint
            ),
            None,
        )

    def exists(self) -> bool:
        """True where the relation is somewhere with my fingerprint."""
        return self.schema() is not None


class PublishedRelations(luigi.Target):
    """A set of relations, each in its home with its fingerprint."""

    def __init__(self, relations: list[Relation]) -> None:
        self.relations = relations

    def __repr__(self) -> str:
        return f"Published({', '.join(f'{each.target_schema}.{each.name}' for each in self.relations)})"

    def exists(self) -> bool:
        """True where readers find all of them."""
        found = signatures()
        return all(found.get((each.target_schema, each.name)) == each.fingerprint for each in self.relations)


class SchemaTarget(luigi.Target):
    """A schema that one step fills as a whole."""

    def __init__(self, schema: str, fingerprint: str) -> None:
        self.schema = schema
        self.fingerprint = fingerprint

    def __repr__(self) -> str:
        return f"Bundle({self.schema}, {self.fingerprint})"

    def exists(self) -> bool:
        """True where the schema bears my fingerprint and lacks none of its relations."""
        return signatures().get((self.schema, "")) == self.fingerprint
