"""Routes about a release: its data dictionary, codes, statistics, earlier releases, and how to cite it."""

from typing import Annotated, Any

import psycopg2
from fastapi import APIRouter, Path, Query, Request, Response
from psycopg2.sql import SQL, Identifier
from pydantic import BaseModel, Field

from pipeline.serving.database import Database, Release, Session
from pipeline.serving.formats import chosen_format, json_response, rows_response, selected
from pipeline.serving.lists import decode_cursor, encode_cursor
from pipeline.serving.openapi import list_responses, row_responses
from pipeline.serving.parameters import Name, Page
from pipeline.serving.problems import Problem

RELATIONS = """
select nspname as schema, relname as relation,
    case relkind when 'r' then 'table' when 'v' then 'view' else 'materialized view' end as kind,
    obj_description(class.oid, 'pg_class') as description
from pg_class as class
inner join pg_namespace on pg_namespace.oid = relnamespace
where mart.is_exported(nspname, relname) and relkind in ('r', 'v', 'm')
order by nspname collate "C", relname collate "C"
"""
COLUMNS = """
select attname as column, format_type(atttypid, atttypmod) as type, attnotnull as required,
    col_description(attrelid, attnum) as description
from pg_attribute
where attrelid = to_regclass(format('%I.%I', $1::text, $2::text)) and attnum > 0 and not attisdropped
order by attnum
"""
CODES = """
select table_name as table, column_name as column, code, meaning, 'NTSB' as origin
from code_meanings
where column_name = lower($1::text) and ($2::text is null or table_name = lower($2::text))
union all
select 'pre1982', field, code, meaning, origin from codes where $2::text is null and upper($1::text) = field
order by 1, 2, 3
"""
FIELDS = """
select table_name as table, column_name as column, count(*) as codes from code_meanings group by table_name, column_name
union all
select 'pre1982', field, count(*) from codes group by field
order by 1, 2
"""
# Statistics: materialized views whose name begins with mv_, with the columns of their unique index.
STATISTICS = """
select class.relname, array_agg(attname::text order by array_position(indkey::smallint [], attnum))
from pg_class as class
inner join pg_index on indrelid = class.oid and indisunique
inner join pg_attribute on attrelid = class.oid and attnum = any(indkey)
where class.relnamespace = 'mart'::regnamespace and class.relkind = 'm' and class.relname like 'mv\\_%'
group by class.relname
order by class.relname collate "C"
"""
RELEASES = """
select id, snapshot, publication, is_current, sources,
    (
        select min(happened) from audit.publication_log where to_release = release.id
    ) as first_published
from audit.release order by publication desc
"""
SOURCES = "select sources from audit.release where id = $1::text"
TABULAR = ("json", "csv", "parquet")


class OffsetPosition(BaseModel):
    """End of a page of statistics: the number of rows before the next one."""

    offset: Annotated[int, Field(ge=0, le=10_000_000)]


def records(session: Session, query: str, *values: Any) -> list[dict[str, Any]]:
    """Return the rows of a query as dicts."""
    rows = session.execute(SQL(query), values)
    names = [name for name, _ in session.columns()]
    return [dict(zip(names, row, strict=True)) for row in rows]


def describe(session: Session, relation: str | None = None) -> list[dict[str, Any]]:
    """Return the published relations, or those of a name with their columns.

    Raises Problem 404 if there is none, and 503 for a database that an earlier version prepared.
    """
    try:
        relations = [item for item in records(session, RELATIONS) if relation in (None, item["relation"])]
    except psycopg2.errors.UndefinedFunction as error:
        detail = "database: expected one prepared by this version, found an earlier one; "
        raise Problem(503, f"{detail}run luigi --module pipeline AllReports") from error
    if relation is None:
        return relations
    if not relations:
        raise Problem(404, f"relation: expected one that the dictionary lists, found {relation}; choose one of them")
    return [item | {"columns": records(session, COLUMNS, item["schema"], relation)} for item in relations]


def codes(session: Session, field: str) -> list[dict[str, Any]]:
    """Return the codes of a field, `ev_state` or `events.ev_state`. Raises Problem 404 if none is explained."""
    table, _, column = field.rpartition(".")
    meanings = records(session, CODES, column, table or None)
    if not meanings:
        raise Problem(404, f"field: expected one of /v1/codes or code_meanings, found {field}; choose one of them")
    return meanings


def citation(session: Session, release: Release) -> dict[str, Any]:
    """Return how to cite a release: a sentence, and its files with their hashes."""
    ((sources,),) = session.execute(SQL(SOURCES), [release.id])
    names = ", ".join(file["source"] for file in sources)
    text = (
        f"National Transportation Safety Board, Aviation Accident Database, files {names}; "
        f"compiled by ntsb-pipeline, release {release.id}, snapshot {release.snapshot}."
    )
    note = "Works of the United States government. NTSB's reports may not be used as evidence in court."
    return {"citation": text, "note": note, "sources": sources}


def router(database: Database) -> APIRouter:
    """Return the routes about a release."""
    routes = APIRouter(prefix="/v1", tags=["release"])

    @routes.get("/dictionary", summary="Published tables and views", responses=row_responses("/dictionary"))
    def dictionary() -> Response:
        release, relations = database.read(describe)
        return json_response(release, {"relations": relations})

    @routes.get(
        "/dictionary/{relation}",
        summary="Columns of a table or view",
        responses=row_responses("/dictionary/{relation}"),
    )
    def relation_columns(relation: Name) -> Response:
        release, relations = database.read(lambda session: describe(session, relation))
        return json_response(release, {"relations": relations})

    _add_codes(routes, database)
    _add_releases(routes, database)
    _add_statistics(routes, database)
    return routes


def _add_codes(routes: APIRouter, database: Database) -> None:
    @routes.get("/codes", summary="Fields with explained codes", responses=row_responses("/codes"))
    def fields() -> Response:
        release, rows = database.read(lambda session: records(session, FIELDS))
        return json_response(release, {"fields": rows})

    @routes.get("/codes/{field}", summary="Meanings of the codes of a field", responses=row_responses("/codes/{field}"))
    def field_codes(
        field: Annotated[str, Path(max_length=127, pattern=r"^[A-Za-z0-9_]+(\.[A-Za-z0-9_]+)?$")],
    ) -> Response:
        release, rows = database.read(lambda session: codes(session, field))
        return json_response(release, {"field": field, "codes": rows})


def _add_releases(routes: APIRouter, database: Database) -> None:
    @routes.get("/releases", summary="Releases of this database", responses=row_responses("/releases"))
    def releases() -> Response:
        release, rows = database.read(lambda session: records(session, RELEASES))
        return json_response(release, {"releases": rows})

    @routes.get("/cite", summary="How to cite the current release", responses=row_responses("/cite"))
    def cite() -> Response:
        release, content = database.read(lambda session: citation(session, session.release()))
        return json_response(release, content)


def _add_statistics(routes: APIRouter, database: Database) -> None:
    @routes.get("/stats", summary="Views with statistics", responses=row_responses("/stats"))
    def views() -> Response:
        release, rows = database.read(lambda session: session.execute(SQL(STATISTICS)))
        return json_response(release, {"views": [{"view": name, "key": key} for name, key in rows]})

    @routes.get("/stats/{view}", summary="Rows of a view with statistics", responses=list_responses("/stats/{view}"))
    def statistics(request: Request, view: Name, page: Annotated[Page, Query()]) -> Response:
        name = chosen_format(request, page.format, TABULAR)

        def read(session: Session) -> tuple[list[tuple[str, int]], list[tuple[Any, ...]], int]:
            keys = dict(session.execute(SQL(STATISTICS)))
            if view not in keys:
                raise Problem(404, f"view: expected one of {', '.join(keys)}, found {view}; choose one of them")
            position = decode_cursor(page.cursor, session.release().id, OffsetPosition)
            offset = position.offset if position else 0
            order = SQL(", ").join(map(Identifier, keys[view]))
            query = SQL("select * from {} order by {} limit $1::integer offset $2::integer")
            rows = session.execute(query.format(Identifier("mart", view), order), [page.limit + 1, offset])
            return session.columns(), rows, offset + page.limit

        release, (columns, rows, end) = database.read(read)
        cursor = encode_cursor(release.id, [end]) if len(rows) > page.limit else None
        rows = rows[: page.limit]
        if page.columns:
            return rows_response(name, release, *selected(columns, rows, page.columns), cursor)
        return rows_response(name, release, columns, rows, cursor)
