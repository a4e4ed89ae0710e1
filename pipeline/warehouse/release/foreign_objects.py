"""Objects of users that depend on published relations: they follow the names of these relations to the next release.

PostgreSQL binds a view to the relations that it reads, not to their names: after a publication it would read the
release before, and it would be dropped with that. Publication and rollback therefore create every such object again, as
its owner, over the relations that have the names now. A plain view, a function, a rule and a policy are replaced in
place and keep their grants, comments and dependents; a materialized view gets its indexes, comments and grants again.

An object that cannot be created again, because a column no longer exists or a foreign key is violated, stops the
publication or rollback, which then changes nothing.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg2
from psycopg2.sql import SQL, Identifier

from pipeline.errors import PipelineError, printable
from pipeline.postgres.connection import Cursor, fetch_value, relation_exists
from pipeline.warehouse.release.foreign_object_queries import ADDITIONS, OBJECTS
from pipeline.warehouse.release.locks import lock_relations

# Errors of a statement, in contrast to those of the connection or of a lock.
STATEMENT_ERRORS = (
    psycopg2.ProgrammingError,
    psycopg2.IntegrityError,
    psycopg2.DataError,
    psycopg2.InternalError,
    psycopg2.NotSupportedError,
)
# Since PostgreSQL 16, a member may be one that cannot set the role, and a grant keeps that unless it states otherwise.
OTHER_ROLES = """
select current_user, with_set.version, array(
    select rolname::text from pg_roles
    where not pg_has_role(oid, case when with_set.version then 'set' else 'member' end)
)
from (select current_setting('server_version_num')::integer >= 160000 as version) as with_set
"""
NEXT_STEPS = {
    "publication": "change or drop them and run again; the last release stays current",
    "rollback": "change or drop them and roll back again; the current release stays",
    "inspection": "change or drop them and run again; nothing has changed",
}


@dataclass(frozen=True)
class ForeignObject:
    """An object of a user, and the statements that drop it and create it again; none if that is impossible.

    `relation` is the oid of its view or table, or 0. `kind` is `attached` for an index, statistics, a trigger or a
    privilege on the published relation `relation_name`; `foreign key`; or `other`.
    """

    description: str
    owner: str
    relation: int
    kind: str
    relation_name: str | None
    drop: Sequence[str]
    create: Sequence[str]


def dependent_objects(cursor: Cursor, oids: Sequence[int]) -> list[ForeignObject]:
    """Return the objects of users that depend on the relations `oids`, each after those that it reads."""
    if not oids:
        return []
    with _empty_search_path(cursor):
        cursor.execute(OBJECTS, {"oids": list(oids)})
        return [ForeignObject(*row) for row in cursor.fetchall()]


def relations_to_lock(objects: Sequence[ForeignObject]) -> list[int]:
    """Return the oids of users' relations that change when the objects are created again."""
    return sorted({item.relation for item in objects if item.relation and item.kind != "attached"})


def additions(cursor: Cursor, oids: Sequence[int]) -> list[str]:
    """Return the constraints, rules and columns that users have added to the relations `oids` that have a candidate."""
    cursor.execute(ADDITIONS, {"oids": list(oids)})
    return [description for (description,) in cursor.fetchall()]


def require_recreatable(
    cursor: Cursor, objects: Sequence[ForeignObject], operation: str, added: Sequence[str] = ()
) -> None:
    """Raise PipelineError if an object cannot be created again, or if the current user may not act as its owner.

    `operation` is a key of NEXT_STEPS; `added` the result of `additions`.
    """
    cursor.execute(OTHER_ROLES)
    user, has_set_option, others = cursor.fetchone() or ("", False, [])
    option = " with set true" if has_set_option else ""
    problems = [
        f"{name} (not supported)" for name in [*(item.description for item in objects if not item.create), *added]
    ]
    problems += [
        f"{item.description} (owned by {item.owner}: `grant {item.owner} to {user}{option}`)"
        for item in objects
        if item.create and item.owner in others
    ]
    _raise_problems(problems, operation)


def drop_foreign_keys(cursor: Cursor, objects: Sequence[ForeignObject], oids: Sequence[int], operation: str) -> None:
    """Drop users' foreign keys on the relations `oids`, whose rows are then deleted and inserted again.

    Raises PipelineError if one cannot be created again.
    """
    foreign_keys = [item for item in objects if item.kind == "foreign key"]
    if foreign_keys:
        require_recreatable(cursor, foreign_keys, operation)
        lock_relations(cursor, [*oids, *relations_to_lock(objects)])
        # Their tables may have changed until now: the type of a column, policies.
        locked = [item for item in dependent_objects(cursor, oids) if item.kind == "foreign key"]
        require_recreatable(cursor, locked, operation)
    for item in foreign_keys:
        _execute_as(cursor, item.owner, item.drop)


def lock(
    cursor: Cursor, relations: Sequence[int], oids: Sequence[int], objects: Sequence[ForeignObject], operation: str
) -> list[ForeignObject]:
    """Lock `relations` and what changes with the objects, and return the objects that depend on `oids` now.

    `objects`: those that depended on them before, whose foreign keys have been dropped. Raises PipelineError if one
    that a user has created since cannot be created again.
    """
    lock_relations(cursor, [*relations, *relations_to_lock(objects)])
    current = dependent_objects(cursor, oids)
    require_recreatable(cursor, current, operation)
    drop_foreign_keys(cursor, current, oids, operation)
    return [*current, *(item for item in objects if item.kind == "foreign key")]


def recreate(cursor: Cursor, objects: Sequence[ForeignObject], operation: str) -> None:
    """Create the objects again over the relations that have the names now; foreign keys have been dropped.

    Raises PipelineError, with the reason for every object, if one cannot be created.
    """
    with _empty_search_path(cursor):
        # An index on a relation that is no longer published stays with it.
        needed = [item for item in objects if item.kind != "attached" or relation_exists(cursor, item.relation_name)]
        dropped = [item for item in reversed(needed) if item.kind != "foreign key"]
        _raise_problems([text for item in dropped for text in _problems(cursor, item, item.drop)], operation)
        problems = [text for item in needed for text in _problems(cursor, item, item.create)]
        _raise_problems(problems, operation)


@contextmanager
def _empty_search_path(cursor: Cursor) -> Iterator[None]:
    path = fetch_value(cursor, "select current_setting('search_path')")
    cursor.execute("set local search_path = ''")
    yield
    cursor.execute("select set_config('search_path', %s, true)", (path,))


def _problems(cursor: Cursor, item: ForeignObject, statements: Sequence[str]) -> list[str]:
    """Execute the statements; return the reason, and change nothing, if one fails."""
    cursor.execute("savepoint before_object")
    try:
        _execute_as(cursor, item.owner, statements)
    except STATEMENT_ERRORS as error:
        cursor.execute("rollback to savepoint before_object")
        reason = " ".join(filter(None, (error.diag.message_primary, error.diag.message_detail)))
        return [f"{item.description} ({reason})"]
    cursor.execute("release savepoint before_object")
    return []


def _execute_as(cursor: Cursor, role: str, statements: Sequence[str]) -> None:
    """Execute statements with the privileges of the role only, because they may call functions of that role."""
    if statements:
        cursor.execute(SQL("set local role {}").format(Identifier(role)))
        for statement in statements:
            cursor.execute(statement)
        cursor.execute("set local role none")


def _raise_problems(problems: Sequence[str], operation: str) -> None:
    if problems:
        raise PipelineError(
            f"{operation}: expected every object that depends on published relations to be valid with the release, "
            f"found {len(problems)} that cannot be created again: {'; '.join(map(printable, problems))}; "
            f"{NEXT_STEPS[operation]}"
        )
