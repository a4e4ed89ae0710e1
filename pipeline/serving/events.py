"""Routes of events and aircraft: lists, all rows of an event, its history, and earlier releases."""

import json
from collections.abc import Callable, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from psycopg2.sql import SQL, Composable, Identifier, Literal

from pipeline.serving.database import Database, Release, Session
from pipeline.serving.formats import chosen_format, json_response, rows_response, selected
from pipeline.serving.lists import aircraft_query, encode_cursor, events_query, list_aircraft, list_events, names
from pipeline.serving.openapi import list_responses, row_responses
from pipeline.serving.parameters import (
    AircraftFilter,
    BasicAircraftFilter,
    BasicFilter,
    EventFilter,
    EventId,
    ReleaseId,
)
from pipeline.serving.problems import Problem

TABULAR = ("json", "csv", "parquet")
# Tables with ev_id, the columns of their keys, and their derived columns with expressions. Geometry and search vectors
# are not part of a response, because other columns hold the same.
TABLES = """
select class.relname, (
    select array_agg(attname::text order by array_position(conkey, attnum))
    from pg_constraint
    inner join pg_attribute on attrelid = conrelid and attnum = any(conkey)
    where conrelid = class.oid and contype = 'p'
) as key, (
    select array_agg(array[attname::text, pg_get_expr(adbin, adrelid)] order by attnum)
    from pg_attribute inner join pg_attrdef on adrelid = attrelid and adnum = attnum
    where attrelid = class.oid and attgenerated <> '' and attname <> 'geom'
) as derived
from pg_class as class
where
    class.relnamespace = 'ntsb'::regnamespace and class.relkind = 'r'
    and exists (select from pg_attribute where attrelid = class.oid and attname = 'ev_id' and not attisdropped)
order by class.relname collate "C"
"""
ROWS = """
(
    select coalesce(jsonb_agg(to_jsonb(rows) - 'geom' - 'search_vector' order by {key}), '[]')
    from {table} as rows where ev_id = $1::text
)
"""
VERSIONS = """
select coalesce(jsonb_agg(jsonb_build_object(
    'change', version.change, 'kind', version.kind,
    'release_from', version.release_from, 'release_to', version.release_to,
    'fields', (
        select coalesce(jsonb_agg(jsonb_build_object(
            'table', field.table_name, 'row_key', field.row_key::jsonb, 'column', field.column_name,
            'old', field.old, 'new', field.new
        ) order by field.table_name, field.row_key, field.column_name), '[]')
        from history.field_change as field where field.ev_id = version.ev_id and field.change = version.change
    ),
    'corrections', {corrections}
) order by version.change), '[]')
from history.event_version as version where version.ev_id = $1::text
"""
VERSION_CORRECTIONS = """
    (
        select coalesce(jsonb_agg(jsonb_build_object(
            'kind', corrected.kind, 'correction', corrected.correction_id, 'table', corrected.table_name,
            'row_key', corrected.row_key::jsonb, 'column', corrected.column_name,
            'value_before', corrected.value_before, 'value_after', corrected.value_after,
            'source', corrected.source, 'reviewer', corrected.reviewer, 'date', corrected.review_date
        ) order by corrected.table_name, corrected.row_key, corrected.column_name, corrected.kind), '[]')
        from history.correction_change as corrected
        where corrected.ev_id = version.ev_id and corrected.change = version.change
    )
"""
# Reviewed corrections that the rows of an event contain, in the current release or as of an earlier one.
CORRECTIONS = """
select coalesce(jsonb_agg(jsonb_build_object(
    'correction', correction_id, 'table', table_name, 'row_key', row_key::jsonb, 'column', column_name,
    'value_before', value_before, 'value_after', value_after,
    'source', source, 'reviewer', reviewer, 'date', review_date
) order by table_name, row_key, column_name), '[]')
from {applied} as applied where ev_id = $1::text
"""
CURRENT, NO_CORRECTIONS = "audit.applied_correction", "(select * from history.correction_change where false)"
# The first change after the release that concerns the correction of a value says which one the release had.
EARLIER_CORRECTIONS = """
(
    with later as (
        select *, rank() over (partition by table_name, row_key, column_name order by change) as position
        from history.correction_change where ev_id = $1::text and change >= history.change_number($2::text)
    )

    select {columns} from later where position = 1 and kind = 'withdrawn'
    union all
    select {columns} from {current} as applied
    where not exists (
        select from later
        where (later.table_name, later.row_key, later.column_name)
            = (applied.table_name, applied.row_key, applied.column_name)
    )
)
"""
CORRECTION_COLUMNS = (
    *("ev_id", "correction_id", "table_name", "row_key", "column_name", "value_before", "value_after"),
    *("source", "reviewer", "review_date"),
)
# History stores rows without derived columns.
EARLIER_ROWS_OF_TABLE = """
(
    select coalesce(jsonb_agg((to_jsonb(rows) || {derived}) - 'geom' - 'search_vector' order by {key}), '[]')
    from jsonb_populate_recordset(null::{table}, $1::jsonb -> {name}) as rows
)
"""
# The first change after the release that concerns the event stores its rows before the change.
EARLIER_ROWS = """
select kind, rows from history.event_version
where ev_id = $1::text and change >= history.change_number($2::text)
order by change limit 1
"""
# Columns whose values in the last row are the cursor of the next page.
AIRCRAFT_POSITION = ("ev_id", "aircraft_key")
IS_RELEASE = "select exists (select from audit.release where id = $1::text)"


def event_rows(session: Session, ev_id: str) -> dict[str, Any]:
    """Return {table: rows} of an event in every table with rows of it, ordered by their keys."""
    return _rows_of_tables(session, ROWS, ev_id)


def _rows_of_tables(session: Session, query: str, value: str) -> dict[str, Any]:
    """Return {table: rows}, without empty tables, of a query for each table with ev_id, whose parameter is `value`."""
    tables = session.execute(SQL(TABLES))
    columns = [
        SQL(query).format(
            key=names(key or ["source_row"]),
            table=Identifier("ntsb", table),
            name=Literal(table),
            derived=_derived_columns(derived or []),
        )
        for table, key, derived in tables
    ]
    ((*rows,),) = session.execute(SQL("select {}").format(SQL(", ").join(columns)), [value])
    return {table: list_ for (table, *_), list_ in zip(tables, rows, strict=True) if list_}


def _derived_columns(derived: Sequence[Sequence[str]]) -> Composable:
    """Return a JSON object with the values of derived columns, whose expressions are those of the table."""
    pairs = [SQL("{}, ({})").format(Literal(name), SQL(expression)) for name, expression in derived]
    return SQL("jsonb_build_object({})").format(SQL(", ").join(pairs))


def event_corrections(session: Session, ev_id: str) -> list[dict[str, Any]]:
    """Return the reviewed corrections of an event: one dict per corrected value."""
    return _corrections(session, SQL(CURRENT), [ev_id]) if _exists(session, CURRENT) else []


def earlier_event_corrections(session: Session, ev_id: str, release: str) -> list[dict[str, Any]]:
    """Return the reviewed corrections of an event as of a release."""
    if not _exists(session, "history.correction_change"):
        return []
    current = CURRENT if _exists(session, CURRENT) else NO_CORRECTIONS
    query = SQL(EARLIER_CORRECTIONS).format(columns=names(CORRECTION_COLUMNS), current=SQL(current))
    return _corrections(session, query, [ev_id, release])


def _corrections(session: Session, applied: Composable, values: Sequence[str]) -> list[dict[str, Any]]:
    ((corrections,),) = session.execute(SQL(CORRECTIONS).format(applied=applied), values)
    return list(corrections)


def event_history(session: Session, ev_id: str) -> list[dict[str, Any]]:
    """Return the changes of an event, with every changed value and correction, the oldest first."""
    corrections = VERSION_CORRECTIONS if _exists(session, "history.correction_change") else "'[]'::jsonb"
    ((versions,),) = session.execute(SQL(VERSIONS).format(corrections=SQL(corrections)), [ev_id])
    return list(versions)


def _exists(session: Session, table: str) -> bool:
    """Return False for a table that the earlier version which published the release did not have."""
    ((exists,),) = session.execute(SQL("select to_regclass({}) is not null").format(Literal(table)))
    return bool(exists)


def earlier_event_rows(session: Session, ev_id: str, release: str) -> dict[str, Any]:
    """Return {table: rows} of an event as of a release; empty if it was not published then."""
    require_release(session, release)
    versions = session.execute(SQL(EARLIER_ROWS), [ev_id, release])
    if not versions:
        return event_rows(session, ev_id)
    return _rows_of_tables(session, EARLIER_ROWS_OF_TABLE, json.dumps(versions[0][1] or {}))


def require_release(session: Session, release: str) -> None:
    """Raise Problem 404 for a release that this database has not published."""
    ((is_known,),) = session.execute(SQL(IS_RELEASE), [release])
    if not is_known:
        raise Problem(404, f"release: expected one of /v1/releases, found {release}; choose one of them")


def _page(
    database: Database,
    request: Request,
    filters: Any,
    rows_of: Callable[[Session, Release], list[tuple[Any, ...]]],
    position: tuple[str, ...],
    earlier: str | None = None,
) -> Response:
    """Return the response of one page, of the current release or as of an `earlier` one.

    `position`: the columns whose last values are the cursor of the next page.
    """
    formats = TABULAR if isinstance(filters, BasicAircraftFilter) else (*TABULAR, "geojson")
    name = chosen_format(request, filters.format, formats)

    def read(session: Session) -> tuple[list[tuple[str, int]], list[tuple[Any, ...]]]:
        rows = rows_of(session, session.release())
        return session.columns(), rows

    release, (columns, rows) = database.read(read)
    cursor = None
    if len(rows) > filters.limit:
        rows = rows[: filters.limit]
        last = dict(zip((column for column, _ in columns), rows[-1], strict=True))
        cursor = encode_cursor(earlier or release.id, [last[column] for column in position])
    if filters.columns:
        # GeoJSON needs the point.
        point = ["ev_id", "dec_latitude", "dec_longitude"] if name == "geojson" else []
        return rows_response(name, release, *selected(columns, rows, [*filters.columns, *point]), cursor, earlier)
    return rows_response(name, release, columns, rows, cursor, earlier)


def _event_position(filters: BasicFilter) -> tuple[str, ...]:
    return ("ev_id",) if filters.sort.endswith("ev_id") else ("ev_date", "ev_id")


def router(database: Database) -> APIRouter:
    """Return the routes of events and aircraft."""
    routes = APIRouter(prefix="/v1", tags=["events"])

    @routes.get("/events", summary="List events", responses=list_responses("/events"))
    def events(request: Request, filters: Annotated[EventFilter, Query()]) -> Response:
        def rows(session: Session, release: Release) -> list[tuple[Any, ...]]:
            return list_events(session, filters, release.id)

        return _page(database, request, filters, rows, _event_position(filters))

    @routes.get("/events/{ev_id}", summary="All rows of an event", responses=row_responses("/events/{ev_id}"))
    def event(ev_id: EventId) -> Response:
        release, (tables, corrections) = database.read(
            lambda session: (event_rows(session, ev_id), event_corrections(session, ev_id))
        )
        return _event_response(release, ev_id, tables, {"corrections": corrections})

    @routes.get("/aircraft", summary="List aircraft", responses=list_responses("/aircraft"))
    def aircraft(request: Request, filters: Annotated[AircraftFilter, Query()]) -> Response:
        def rows(session: Session, release: Release) -> list[tuple[Any, ...]]:
            return list_aircraft(session, filters, release.id)

        return _page(database, request, filters, rows, AIRCRAFT_POSITION)

    _add_history(routes, database)
    _add_earlier_lists(routes, database)
    return routes


def _as_of(session: Session, ev_id: str, release: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return the rows and the reviewed corrections of an event as of a release."""
    return earlier_event_rows(session, ev_id, release), earlier_event_corrections(session, ev_id, release)


def _add_history(routes: APIRouter, database: Database) -> None:
    @routes.get(
        "/events/{ev_id}/history", summary="Changes of an event", responses=row_responses("/events/{ev_id}/history")
    )
    def history(ev_id: EventId) -> Response:
        release, (tables, changes, corrections) = database.read(
            lambda session: (
                event_rows(session, ev_id),
                event_history(session, ev_id),
                event_corrections(session, ev_id),
            )
        )
        if not tables and not changes:
            raise _no_event(ev_id)
        return json_response(release, {"ev_id": ev_id, "changes": changes, "corrections": corrections})

    @routes.get(
        "/as-of/{earlier}/events/{ev_id}",
        summary="An event as of a release",
        responses=row_responses("/as-of/{earlier}/events/{ev_id}"),
    )
    def earlier_event(earlier: ReleaseId, ev_id: EventId) -> Response:
        release, (tables, corrections) = database.read(lambda session: _as_of(session, ev_id, earlier))
        return _event_response(release, ev_id, tables, {"as_of": earlier, "corrections": corrections})


def _add_earlier_lists(routes: APIRouter, database: Database) -> None:
    @routes.get(
        "/as-of/{earlier}/events",
        summary="List events as of a release",
        responses=list_responses("/as-of/{earlier}/events"),
    )
    def earlier_events(request: Request, earlier: ReleaseId, filters: Annotated[BasicFilter, Query()]) -> Response:
        def rows(session: Session, release: Release) -> list[tuple[Any, ...]]:
            require_release(session, earlier)
            query, parameters = events_query(filters, release.id, earlier=earlier)
            return session.execute(query, parameters.values)

        return _page(database, request, filters, rows, _event_position(filters), earlier)

    @routes.get(
        "/as-of/{earlier}/aircraft",
        summary="List aircraft as of a release",
        responses=list_responses("/as-of/{earlier}/aircraft"),
    )
    def earlier_aircraft(
        request: Request, earlier: ReleaseId, filters: Annotated[BasicAircraftFilter, Query()]
    ) -> Response:
        def rows(session: Session, release: Release) -> list[tuple[Any, ...]]:
            require_release(session, earlier)
            query, parameters = aircraft_query(filters, release.id, earlier=earlier)
            return session.execute(query, parameters.values)

        return _page(database, request, filters, rows, AIRCRAFT_POSITION, earlier)


def _event_response(release: Release, ev_id: str, tables: dict[str, Any], more: dict[str, Any]) -> Response:
    if not tables:
        raise _no_event(ev_id)
    return json_response(release, {**more, "ev_id": ev_id, "tables": tables})


def _no_event(ev_id: str) -> Problem:
    return Problem(404, f"ev_id: expected the id of a published event, found {ev_id}; /v1/events lists them")
