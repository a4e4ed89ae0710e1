"""Queries of lists: filters to SQL with numbered parameters, and keyset pagination."""

import base64
import json
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from psycopg2.sql import SQL, Composable, Identifier, Literal
from pydantic import BaseModel, Field

from pipeline.serving.database import Session
from pipeline.serving.parameters import (
    AircraftFilter,
    BasicAircraftFilter,
    BasicFilter,
    Day,
    EventFilter,
    EventId,
    Page,
)
from pipeline.serving.problems import Problem, shown

EVENT_COLUMNS = (
    *("ev_id", "ntsb_no", "ev_type", "ev_date", "ev_year", "ev_time", "ev_clock", "ev_city", "ev_state", "ev_country"),
    *(
        "dec_latitude",
        "dec_longitude",
        "has_coordinates",
        "light_cond",
        "wx_cond_basic",
        "ev_highest_injury",
        "severity",
    ),
    *("total_deaths", "total_seriously_injured", "aircraft_count", "first_acft_make", "first_acft_model"),
    *("first_acft_category", "first_damage", "first_far_part", "era", "source_file", "source_row"),
)
EARLIER_COLUMNS = (
    *("ev_id", "ntsb_no", "ev_type", "ev_date", "ev_year", "ev_time", "ev_city", "ev_state", "ev_country"),
    *("dec_latitude", "dec_longitude", "light_cond", "wx_cond_basic", "ev_highest_injury"),
    *("inj_tot_f", "inj_tot_s", "inj_tot_m", "inj_tot_n", "era", "source_file", "source_row"),
)
AIRCRAFT_COLUMNS = (
    *(
        "ev_id",
        "aircraft_key",
        "regis_no",
        "acft_make",
        "acft_model",
        "acft_category",
        "damage",
        "far_part",
        "type_fly",
    ),
    *("homebuilt", "num_eng", "acft_year", "total_seats", "era", "source_file", "source_row"),
)

EVENTS = "select {columns} from event_summary where ev_id = any($1::text[]) order by {order}"
# The planner uses the index of the sorted column for each part; events without a date follow those with one.
DATED = """
select * from (
    (
        select ev_id, ev_date from events where {filters} and ev_date is not null and {after_dated}
        order by ev_date {direction}, ev_id {direction} limit {limit}
    )
    union all
    (
        select ev_id, ev_date from events where {filters} and ev_date is null and {after_undated}
        order by ev_id limit {limit}
    )
) as events order by {order} limit {limit}
"""
BY_ID = "select ev_id, ev_date from events where {filters} and {after} order by {order} limit {limit}"
# A table expression of this name takes the place of the table.
EARLIER = """
with events as materialized (select * from history.as_of(null::ntsb.events, {release})), page as ({page})
select {columns} from events where ev_id in (select ev_id from page) order by {order}
"""
AIRCRAFT = """
select {columns}, make_group as make, model_group as model, ev_date, ev_state, ev_highest_injury
from (
    select aircraft.* from aircraft
    inner join events using (ev_id)
    where {filters} order by ev_id, aircraft_key limit {limit}
) as aircraft
inner join aircraft_names using (ev_id, aircraft_key)
inner join events using (ev_id)
order by ev_id, aircraft_key
"""
EARLIER_AIRCRAFT = """
with events as materialized (select * from history.as_of(null::ntsb.events, {release})),
aircraft as materialized (select * from history.as_of(null::ntsb.aircraft, {release}))
select {columns}, events.ev_date, events.ev_state, events.ev_highest_injury
from aircraft inner join events using (ev_id)
where {filters} order by ev_id, aircraft_key limit {limit}
"""
AIRPORT = """
select latitude::float8, longitude::float8 from airports where {0} in (icao, local_id, iata)
order by {0} = icao desc nulls last, {0} = local_id desc nulls last, line limit 1
"""

# Groups of the aircraft whose make or model has this name, standard or as written: as in the view aircraft_names.
GROUPS = """
with written as (
    select
        nullif(btrim(regexp_replace(upper($1::text), '[^A-Z0-9]+', ' ', 'g')), '') as make,
        nullif(regexp_replace(upper($2::text), '[^A-Z0-9]+', '', 'g'), '') as model
)
select
    array[upper($1), make] || array(select alias.make from make_alias as alias where alias.written = written.make),
    array[upper($2), model] || array(select alias.model from model_alias as alias where alias.written = written.model)
from written
"""
# An aircraft has this make or model: the standard name, or as written in any case. Groups tell the planner how many.
NAMED = r"""
aircraft_names.NAME_group = any({groups}) and (
    aircraft_names.NAME_group = upper({name})
    or aircraft_names.acft_NAME ilike replace(replace(replace({name}, '\', '\\'), '%', '\%'), '_', '\_')
)
"""
NAMED_AIRCRAFT = """
(aircraft.ev_id, aircraft.aircraft_key) in (select ev_id, aircraft_key from aircraft_names where {})
"""
# {filter: (condition, type of its parameter)}
EVENT_CONDITIONS = {
    "from_date": ("events.ev_date >= {}", "date"),
    "to_date": ("events.ev_date <= {}", "date"),
    # The dates, which the year is derived from, bound what is read in the order of dates.
    "year": (
        "events.ev_year = {0} and events.ev_date between make_date({0}, 1, 1) and make_date({0}, 12, 31)",
        "integer",
    ),
    "state": ("events.ev_state = any({})", "text[]"),
    "country": ("events.ev_country = any({})", "text[]"),
    "severity": ("events.ev_highest_injury = any({})", "text[]"),
    "ntsb_no": ("events.ntsb_no in ({0}, upper({0}))", "text"),
    "phase": ("events.ev_id in (select ev_id from phase_of_flight where broad_phase = any({}))", "text[]"),
    "q": (
        "events.ev_id in (select ev_id from narratives where search_vector @@ websearch_to_tsquery('english', {}))",
        "text",
    ),
}
AIRCRAFT_CONDITIONS = {
    "ev_id": ("aircraft.ev_id = {}", "text"),
    "regis_no": ("aircraft.regis_no in ({0}, upper({0}))", "text"),
    "far_part": ("aircraft.far_part = any({})", "text[]"),
    "year": ("events.ev_year = {}", "integer"),
    "state": ("events.ev_state = any({})", "text[]"),
}
OF_ONE_AIRCRAFT = {name: AIRCRAFT_CONDITIONS[name] for name in ("regis_no", "far_part")}
# Two zeros are not coordinates.
NEAR = """
st_dwithin(events.geom::geography, st_point({longitude}, {latitude})::geography, {meters})
and not (events.dec_latitude = 0 and events.dec_longitude = 0)
"""


ID_ORDER = "ev_id {0}"
DATE_ORDER = "ev_date {0} nulls last, case when ev_date is null then ev_id end, ev_id {0}"
ALL = SQL("true")
NO_GROUPS: Mapping[str, Sequence[str]] = {}
CUSTOM = "force_custom_plan"


class IdPosition(BaseModel):
    """End of a page of events ordered by id."""

    ev_id: EventId


class DatePosition(BaseModel):
    """End of a page of events ordered by date."""

    ev_date: Day | None
    ev_id: EventId


class AircraftPosition(BaseModel):
    """End of a page of aircraft."""

    ev_id: EventId
    aircraft_key: Annotated[int, Field(ge=-(2**31), lt=2**31)]


class Parameters:
    """Values of a statement, which refers to them by number."""

    def __init__(self) -> None:
        self.values: list[Any] = []

    def add(self, value: Any, kind: str) -> Composable:
        """Append a value and return the reference to it, with a cast to its type."""
        self.values.append(value)
        return SQL("${}::{}").format(Literal(len(self.values)), SQL(kind))


def encode_cursor(release: str, position: Sequence[Any]) -> str:
    """Return a page's end as text for a URL: the release and the sort values of its last row."""
    content = json.dumps([release, *position], default=str, separators=(",", ":"))
    return base64.urlsafe_b64encode(content.encode()).decode()


def decode_cursor(text: str | None, release: str, model: type[BaseModel]) -> Any:
    """Return the sort values of a cursor as `model`, or None. Raises Problem 422, or 410 for another release."""
    if text is None:
        return None
    try:
        start, *values = json.loads(base64.b64decode(text, altchars=b"-_", validate=True))
        position = model(**dict(zip(model.model_fields, values, strict=True)))
    except (ValueError, TypeError) as error:
        raise Problem(
            422, "cursor: expected the next_cursor of a response, found another value; start at the first page"
        ) from error
    if start != release:
        raise Problem(
            410,
            f"cursor: expected one of release {release}, found one of another release; start at the first page, so "
            "that all pages are of one release",
        )
    return position


def conditions(filters: Page, known: dict[str, tuple[str, str]], parameters: Parameters) -> list[Composable]:
    """Return the condition of every filter that is set."""
    values = {name: getattr(filters, name, None) for name in known}
    return [
        SQL(known[name][0]).format(parameters.add(value, known[name][1]))
        for name, value in values.items()
        if value not in (None, [])
    ]


def name_conditions(filters: Page, groups: Mapping[str, Sequence[str]], parameters: Parameters) -> list[Composable]:
    """Return the conditions on make and model; `groups`: of each of them (GROUPS)."""
    values = {name: getattr(filters, name, None) for name in groups}
    return [
        SQL(NAMED.replace("NAME", name)).format(
            groups=parameters.add(list(groups[name]), "text[]"), name=parameters.add(value, "text")
        )
        for name, value in values.items()
        if value
    ]


def aircraft_conditions(filters: Page, groups: Mapping[str, Sequence[str]], parameters: Parameters) -> list[Composable]:
    """Return the condition that one aircraft of an event meets all filters on aircraft, if there are any."""
    named = name_conditions(filters, groups, parameters)
    others = conditions(filters, OF_ONE_AIRCRAFT, parameters)
    if named and others:
        source = SQL("aircraft inner join aircraft_names using (ev_id, aircraft_key)")
    else:
        source = SQL("aircraft_names" if named else "aircraft")
    query = SQL("events.ev_id in (select ev_id from {} where {})").format(source, all_of([*named, *others]))
    return [query] if named or others else []


def all_of(parts: Sequence[Composable]) -> Composable:
    """Return the conjunction of conditions."""
    return SQL(" and ").join(parts) if parts else ALL


def events_query(
    filters: BasicFilter,
    release: str,
    point: tuple[float, float] | None = None,
    groups: Mapping[str, Sequence[str]] = NO_GROUPS,
    earlier: str | None = None,
) -> tuple[Composable, Parameters]:
    """Return the query of the ids of a page of events, and its parameters; one more if there is another page.

    `release`: the current one; `point`: the center; `groups`: of make and model; `earlier`: the release whose events
    are listed instead, with their columns.
    """
    more = Parameters()
    parts = [*conditions(filters, EVENT_CONDITIONS, more), *aircraft_conditions(filters, groups, more)]
    if point and isinstance(filters, EventFilter):
        latitude, longitude = (more.add(value, "float8") for value in point)
        meters = more.add(filters.radius_km * 1000, "float8")
        parts.append(SQL(NEAR).format(latitude=latitude, longitude=longitude, meters=meters))
    direction = SQL("desc" if filters.sort.startswith("-") else "asc")
    is_by_id, order = filters.sort.endswith("ev_id"), event_order(filters)
    limit = more.add(filters.limit + 1, "integer")
    after = decode_cursor(filters.cursor, earlier or release, IdPosition if is_by_id else DatePosition)
    pieces = {"filters": all_of(parts), "direction": direction, "order": order, "limit": limit}
    page = SQL(BY_ID if is_by_id else DATED).format(**pieces, **_after(filters.sort, after, more))
    if earlier:
        pieces = {"release": more.add(earlier, "text"), "columns": names(EARLIER_COLUMNS)}
        return SQL(EARLIER).format(page=page, order=order, **pieces), more
    return page, more


def list_events(session: Session, filters: EventFilter, release: str) -> list[tuple[Any, ...]]:
    """Return a page of events, and one more if there is another page. Raises Problem 422."""
    point, groups = center(session, filters), name_groups(session, filters)
    page, parameters = events_query(filters, release, point, groups)
    ids = [ev_id for ev_id, *_ in session.execute(page, parameters.values, CUSTOM)]
    query = SQL(EVENTS).format(columns=names(EVENT_COLUMNS), order=event_order(filters))
    return session.execute(query, [ids])


def list_aircraft(session: Session, filters: AircraftFilter, release: str) -> list[tuple[Any, ...]]:
    """Return a page of aircraft, as `list_events` does."""
    query, parameters = aircraft_query(filters, release, name_groups(session, filters))
    return session.execute(query, parameters.values, CUSTOM)


def center(session: Session, filters: EventFilter) -> tuple[float, float] | None:
    """Return the latitude and longitude that the filters name. Raises Problem 422."""
    if filters.near and filters.airport:
        raise Problem(422, "near, airport: expected one of them, found both; remove one")
    if filters.near:
        latitude, longitude = map(float, filters.near.split(","))
        if abs(latitude) > 90 or abs(longitude) > 180:
            raise Problem(
                422, f"near: expected latitude and longitude in degrees, found {shown(filters.near)}; correct it"
            )
        return latitude, longitude
    if filters.airport:
        rows = session.execute(SQL(AIRPORT).format(SQL("$1::text")), [filters.airport.upper()])
        if not rows:
            raise Problem(422, f"airport: expected an identifier in use, found {shown(filters.airport)}; use `near`")
        return rows[0]
    return None


def name_groups(session: Session, filters: EventFilter | AircraftFilter) -> Mapping[str, Sequence[str]]:
    """Return {make or model: groups of aircraft with this name} of the filters that are set."""
    if not (filters.make or filters.model):
        return NO_GROUPS
    ((makes, models),) = session.execute(SQL(GROUPS), [filters.make, filters.model])
    return {"make": makes, "model": models}


def event_order(filters: BasicFilter) -> Composable:
    """Return the order of events."""
    direction = SQL("desc" if filters.sort.startswith("-") else "asc")
    return SQL(ID_ORDER if filters.sort.endswith("ev_id") else DATE_ORDER).format(direction)


def _after(sort: str, position: Any, more: Parameters) -> dict[str, Composable]:
    """Return the conditions of the events that follow the cursor: of all, or of those with and without a date."""
    comparison = SQL("<" if sort.startswith("-") else ">")
    if sort.endswith("ev_id"):
        return {"after": SQL("ev_id {} {}").format(comparison, more.add(position.ev_id, "text")) if position else ALL}
    if position is None:
        return {"after_dated": ALL, "after_undated": ALL}
    if position.ev_date is None:
        return {
            "after_dated": SQL("false"),
            "after_undated": SQL("ev_id > {}").format(more.add(position.ev_id, "text")),
        }
    values = more.add(position.ev_date, "date"), more.add(position.ev_id, "text")
    return {"after_dated": SQL("(ev_date, ev_id) {} ({}, {})").format(comparison, *values), "after_undated": ALL}


def aircraft_query(
    filters: BasicAircraftFilter,
    release: str,
    groups: Mapping[str, Sequence[str]] = NO_GROUPS,
    earlier: str | None = None,
) -> tuple[Composable, Parameters]:
    """Return the query of a page of aircraft and its parameters, as `events_query` does."""
    more = Parameters()
    parts = conditions(filters, AIRCRAFT_CONDITIONS, more)
    if named := name_conditions(filters, groups, more):
        parts.append(SQL(NAMED_AIRCRAFT).format(all_of(named)))
    if position := decode_cursor(filters.cursor, earlier or release, AircraftPosition):
        values = more.add(position.ev_id, "text"), more.add(position.aircraft_key, "integer")
        parts.append(SQL("(aircraft.ev_id, aircraft.aircraft_key) > ({}, {})").format(*values))
    limit = more.add(filters.limit + 1, "integer")
    columns = SQL(", ").join(SQL("aircraft.{}").format(Identifier(name)) for name in AIRCRAFT_COLUMNS)
    pieces = {"columns": columns, "filters": all_of(parts), "limit": limit}
    if earlier:
        return SQL(EARLIER_AIRCRAFT).format(release=more.add(earlier, "text"), **pieces), more
    return SQL(AIRCRAFT).format(**pieces), more


def names(columns: Sequence[str]) -> Composable:
    """Return quoted names, separated by commas."""
    return SQL(", ").join(map(Identifier, columns))
