"""Targets inside the database: signed relations and schemas that were filled as a whole."""

import luigi

from pipeline import postgres
from targets.asking import asked_once

Signatures = dict[tuple[str, str], str]

SIGNED = """
select namespace.nspname, class.relname, signed.stamp
from audit.relation as signed
inner join pg_class as class on class.oid = signed.oid
inner join pg_namespace as namespace on namespace.oid = class.relnamespace
where namespace.nspname !~ '^ntsb_' and signed.shape = audit.shape(signed.oid)
"""

# Views that stand for tables count for nothing once a published table below one of them has lost its signature.
BASED = """
and (signed.shaped_as is null or not exists (
    select from audit.basis left join audit.relation as base on base.oid = basis.oid
    where base.shape is distinct from audit.shape(basis.oid)
))
"""

BUNDLES = """
select bundle.schema_name, bundle.stamp
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
MOMENT = "select concat_ws(' ', pg_postmaster_start_time(), current_database(), pg_current_snapshot())"

# The moment of the last question, and what was signed then.
_last: tuple[str, Signatures] = ("", {})


def signatures() -> Signatures:
    """{(schema, relation): stamp} of what is signed and unchanged, and {(schema, ""): stamp} of whole schemas.

    The first question of a run starts the embedded server, in the process that lives as long as the run.
    """
    with asked_once() as answers:
        if "signatures" not in answers:
            answers["signatures"] = _ask()
        found: Signatures = answers["signatures"]
        return found


def signed_relations(cursor: postgres.Cursor) -> Signatures:
    """{(schema, relation): stamp} of what is signed and unchanged, as the cursor's transaction sees it."""
    has_basis = postgres.scalar(cursor, "select to_regclass('audit.basis')") is not None
    cursor.execute(SIGNED + BASED if has_basis else SIGNED)
    return {(schema, name): stamp for schema, name, stamp in cursor.fetchall()}


def _ask() -> Signatures:
    """What is signed; a question is spared where nobody has written since the last one."""
    global _last
    with postgres.transaction(read_only=True) as cursor:
        moment = str(postgres.scalar(cursor, MOMENT))
        if _last[0] != moment:
            _last = moment, _signed(cursor)
        return _last[1]


def _signed(cursor: postgres.Cursor) -> Signatures:
    if postgres.scalar(cursor, "select to_regclass('audit.bundle')") is None:
        return {}
    found = signed_relations(cursor)
    cursor.execute(BUNDLES)
    return found | {(schema, ""): stamp for schema, stamp in cursor.fetchall()}


class Relation(luigi.Target):
    """A table or view: done where it bears my stamp, as a candidate or in its home."""

    def __init__(self, home: str, name: str, stamp: str) -> None:
        self.home = home
        self.name = name
        self.stamp = stamp

    def __repr__(self) -> str:
        return f"Relation({self.home}.{self.name}, {self.stamp})"

    def schema(self) -> str | None:
        """`candidate` or the home, wherever the relation with my stamp is; None where it is nowhere."""
        found = signatures()
        return next(
            (schema for schema in ("candidate", self.home) if found.get((schema, self.name)) == self.stamp), None
        )

    def exists(self) -> bool:
        """True where the relation is somewhere with my stamp."""
        return self.schema() is not None


class Published(luigi.Target):
    """A set of relations, each in its home with its stamp."""

    def __init__(self, relations: list[Relation]) -> None:
        self.relations = relations

    def __repr__(self) -> str:
        return f"Published({', '.join(f'{each.home}.{each.name}' for each in self.relations)})"

    def exists(self) -> bool:
        """True where readers find all of them."""
        found = signatures()
        return all(found.get((each.home, each.name)) == each.stamp for each in self.relations)


class Bundle(luigi.Target):
    """A schema that one step fills as a whole."""

    def __init__(self, schema: str, stamp: str) -> None:
        self.schema = schema
        self.stamp = stamp

    def __repr__(self) -> str:
        return f"Bundle({self.schema}, {self.stamp})"

    def exists(self) -> bool:
        """True where the schema bears my stamp and lacks none of its relations."""
        return signatures().get((self.schema, "")) == self.stamp
