"""Unchanged: a publication of what readers see already, as after a new file with the same rows.

Nothing is moved then: tables, views, and what users have built upon them stay, and only their stamps are renewed.
"""

from collections.abc import Mapping, Sequence

from pipeline.postgres import Cursor, scalar
from pipeline.relations import revising, viewing
from pipeline.relations.signing import clear
from targets.relations import Relation

SAME_ROWS = """
select home.digest = waiting.digest and home.shape = audit.shape(home.oid)
from audit.relation as home, audit.relation as waiting
where home.oid = to_regclass(%s) and waiting.oid = to_regclass(%s)
"""

# Checks on views wait for publication: the same rows give them the same answers.
SAME_RESULTS = """
select not exists (
    select to_jsonb(waiting) from candidate.check_result as waiting where status <> 'postponed'
    except
    select to_jsonb(published) from audit.check_result as published
) and (select array_agg(check_name order by check_name) from candidate.check_result)
= (select array_agg(check_name order by check_name) from audit.check_result)
"""

# What a view says of itself and asks, and its indexes, without the schemas that its search_path finds.
SAID = """
select class.relkind, concat_ws(' ', obj_description(class.oid, 'pg_class'), pg_get_viewdef(class.oid)), (
    select array_agg(regexp_replace(pg_get_indexdef(indexrelid), ' ON .* USING ', ' USING ') order by indexrelid)
    from pg_index
    where indrelid = class.oid
)
from pg_class as class
where class.oid = to_regclass(%s)
"""


def is_unchanged(
    cursor: Cursor, relations: Sequence[Relation], before: Mapping[str, str], now: Mapping[str, str]
) -> bool:
    """True where every candidate says what stands in its home. `before`, `now`: history.typed_stamps of both.

    Rows alone do not tell: an index or a comment may be new, so tables must have been made in the same way.
    """
    ways = {stamp.partition(" ")[2] for stamp in (*before.values(), *now.values())}
    return len(ways) == 1 and all(is_same(cursor, each) for each in waiting(cursor, relations))


def waiting(cursor: Cursor, relations: Sequence[Relation]) -> list[Relation]:
    """Those that have a candidate."""
    return [each for each in relations if scalar(cursor, "select to_regclass(%s)", f'candidate."{each.name}"')]


def is_same(cursor: Cursor, relation: Relation) -> bool:
    """True where the candidate says what the published relation says."""
    home, candidate = f"{relation.home}.{relation.name}", f"candidate.{relation.name}"
    if relation.name in viewing.names():
        return said(cursor, relation, relation.home) == said(cursor, relation, "candidate")
    if relation.name == "check_result":
        return scalar(cursor, "select to_regclass(%s)", home) is not None and bool(scalar(cursor, SAME_RESULTS))
    return bool(scalar(cursor, SAME_ROWS, home, candidate))


def said(cursor: Cursor, relation: Relation, schema: str) -> tuple[object, ...] | None:
    """A view's kind once it is published, its words, and its indexes; None where it is not there."""
    first = "candidate, " if schema == "candidate" else ""
    cursor.execute(f"set local search_path = {first}ntsb, mart, audit, code_mappings, public")
    cursor.execute(SAID, (f"{schema}.{relation.name}",))
    kind, words, indexes = cursor.fetchone() or (None, None, None)
    if schema == "candidate" and kind == "v" and viewing.key(viewing.view_file(relation.name)):
        # A revision's stand-in for a materialized view; its index follows from the same line of its file.
        return "m", words
    return (kind, words, indexes)[: 2 if kind == "m" and revising.is_under_way(cursor) else 3] if kind else None


def renew(cursor: Cursor, relations: Sequence[Relation]) -> None:
    """Signs what is published with the candidates' stamps, and drops the candidates."""
    for relation in waiting(cursor, relations):
        home = f"{relation.home}.{relation.name}"
        cursor.execute("update audit.relation set stamp = %s where oid = to_regclass(%s)", (relation.stamp, home))
    revising.end(cursor)
    for relation in relations:
        clear(cursor, "candidate", relation.name)
