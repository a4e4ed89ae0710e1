"""Targets in the database: relations with a recorded signature, and schemas that one task fills."""

import os
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import luigi

from pipeline.postgres.connection import Cursor, fetch_value, transaction

Signatures = dict[tuple[str, str], str]

# In a database of version 0.1, nothing is complete until PrepareDatabase has renamed its columns.
IS_PREPARED = """
select exists (select from pg_attribute where attrelid = to_regclass('audit.bundle') and attname = 'fingerprint')
"""

# A candidate view that replaces a table is stale once a published table that it reads has changed. Shapes are compared
# with the catalog, which takes time; with a list of names, only those of relations with these names.
SIGNED_RELATIONS = """
select namespace.nspname, class.relname, signed.fingerprint
from audit.relation as signed
inner join pg_class as class on class.oid = signed.oid
inner join pg_namespace as namespace on namespace.oid = class.relnamespace
where
    namespace.nspname !~ '^ntsb_'
    and (
        class.relname <> all(%(names)s::text [])
        or signed.shape = audit.shape(signed.oid)
        and (
            signed.shaped_as is null or not exists (
                select from audit.basis left join audit.relation as base on base.oid = basis.oid
                where base.shape is distinct from audit.shape(basis.oid)
            )
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


# Identifies the committed transactions that are visible: while it is the same, so are all rows.
DATABASE_STATE = "select concat_ws(' ', pg_postmaster_start_time(), current_database(), pg_current_snapshot())"

# The database state at the last query, and its signatures.
_last_result: tuple[str, Signatures] = ("", {})

# The process that last compared all shapes with the catalog, and the names of relations that this one has signed. A
# worker that it forks for one task compares only these: other tasks compared theirs, the task verifies what it reads,
# and publication verifies all relations.
_verifying_process = 0
signed_names: set[str] = set()

# Results of completeness queries, during the outermost one.
_results: dict[str, Any] | None = None


@contextmanager
def cached_queries() -> Iterator[dict[str, Any]]:
    """Yield the cache {task id or query name: result}, which the outermost caller creates, and discards at its end.

    A recursive `complete()` evaluates the same tasks many times. A cache that outlived the outermost query would return
    results from before a change.
    """
    global _results
    if _results is not None:
        yield _results
        return
    _results = {}
    try:
        yield _results
    finally:
        _results = None


def signatures() -> Signatures:
    """Return {(schema, relation): fingerprint} of unmodified relations; for intact schemas, relation is empty.

    The first query of a run starts the embedded server, in the process that lives as long as the run.
    """
    with cached_queries() as results:
        if "signatures" not in results:
            results["signatures"] = _current_signatures()
        cached: Signatures = results["signatures"]
        return cached


def signed_relations(cursor: Cursor, names: Collection[str] | None = None) -> Signatures:
    """Return {(schema, relation): fingerprint} of unmodified relations, as the cursor's transaction sees them.

    `names`: the relations whose shapes are compared with the catalog, by default all.
    """
    global _verifying_process
    cursor.execute(SIGNED_RELATIONS, {"names": None if names is None else list(names)})
    if names is None:
        _verifying_process = os.getpid()
    return {(schema, name): fingerprint for schema, name, fingerprint in cursor.fetchall()}


def _current_signatures() -> Signatures:
    """Return the last result of `_query_signatures`, queried again if the database has changed since."""
    global _last_result
    with transaction(read_only=True) as cursor:
        state = str(fetch_value(cursor, DATABASE_STATE))
        if _last_result[0] != state:
            _last_result = state, _query_signatures(cursor)
        return _last_result[1]


def _query_signatures(cursor: Cursor) -> Signatures:
    """Return the signatures of relations and schemas; none if this version has not prepared the database."""
    global _verifying_process
    is_forked = _verifying_process not in (0, os.getpid())
    if not fetch_value(cursor, IS_PREPARED):
        # Whatever is signed from now on is compared by the process that signs it.
        _verifying_process = os.getpid()
        return {}
    relations = signed_relations(cursor, signed_names if is_forked else None)
    cursor.execute(INTACT_SCHEMAS)
    return relations | {(schema, ""): fingerprint for schema, fingerprint in cursor.fetchall()}


@dataclass(frozen=True)
class Relation(luigi.Target):
    """A table or view: complete if it has this fingerprint, as a candidate or in its target schema."""

    target_schema: str
    name: str
    fingerprint: str

    def schema(self) -> str | None:
        """Return `candidate` or the target schema, depending on where the relation has this fingerprint, or None."""
        signed = signatures()
        schemas = ("candidate", self.target_schema)
        return next((schema for schema in schemas if signed.get((schema, self.name)) == self.fingerprint), None)

    def exists(self) -> bool:
        return self.schema() is not None


@dataclass(frozen=True)
class PublishedRelations(luigi.Target):
    """A set of relations: complete where all have their fingerprints in their target schemas."""

    relations: list[Relation]

    def exists(self) -> bool:
        signed = signatures()
        return all(signed.get((table.target_schema, table.name)) == table.fingerprint for table in self.relations)


@dataclass(frozen=True)
class SchemaTarget(luigi.Target):
    """A schema that one task fills: complete if it has this fingerprint and all its relations."""

    schema: str
    fingerprint: str

    def exists(self) -> bool:
        return signatures().get((self.schema, "")) == self.fingerprint
