"""Queries of lists: filters to SQL with numbered parameters, and keyset pagination."""

import base64
import json
from collections.abc import Sequence
from typing import Annotated, Any

from psycopg2.sql import SQL, Composable, Identifier, Literal
from pydantic import BaseModel, Field

from pipeline.serving.parameters import AircraftFilter, BasicFilter, Day, EventFilter, EventId, Page
from pipeline.serving.problems import Problem

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

EVENTS = """
with page as ({page})
select {columns} from event_summary where ev_id = any(array(select ev_id from page)) order by {order}
"""
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
AIRPORT = """
select latitude::float8, longitude::float8 from airports where {0} in (icao, local_id, iata)
order by {0} = icao desc nulls last, {0} = local_id desc nulls last, line limit 1
"""

# An aircraft has this make or model: the standard name, or as written in any case. `ilike` uses an index.
NAMED = r"""
(KEYS) in (
    select KEYS from aircraft_names where NAME_group = upper({0})
    union all
    select KEYS from aircraft
    where acft_NAME ilike replace(replace(replace({0}, '\', '\\'), '%', '\%'), '_', '\_')
)
"""
# {filter: (condition, type of its parameter)}
EVENT_CONDITIONS = {
    "from_date": ("events.ev_date >= {}", "date"),
    "to_date": ("events.ev_date <= {}", "date"),
    "year": ("events.ev_year = {}", "integer"),
    "state": ("events.ev_state = any({})", "text[]"),
    "country": ("events.ev_country = any({})", "text[]"),
    "severity": ("events.ev_highest_injury = any({})", "text[]"),
    "ntsb_no": ("events.ntsb_no = {}", "text"),
    "regis_no": ("events.ev_id in (select ev_id from aircraft where regis_no = {})", "text"),
    "make": (NAMED.replace("KEYS", "ev_id").replace("NAME", "make"), "text"),
    "model": (NAMED.replace("KEYS", "ev_id").replace("NAME", "model"), "text"),
    "far_part": ("events.ev_id in (select ev_id from aircraft where far_part = any({}))", "text[]"),
    "phase": ("events.ev_id in (select ev_id from phase_of_flight where broad_phase = any({}))", "text[]"),
    "q": (
        "events.ev_id in (select ev_id from narratives where search_vector @@ websearch_to_tsquery('english', {}))",
        "text",
    ),
}
AIRCRAFT_CONDITIONS = {
    "ev_id": ("aircraft.ev_id = {}", "text"),
    "regis_no": ("aircraft.regis_no = {}", "text"),
    "make": (NAMED.replace("KEYS", "ev_id, aircraft_key").replace("NAME", "make"), "text"),
    "model": (NAMED.replace("KEYS", "ev_id, aircraft_key").replace("NAME", "model"), "text"),
    "far_part": ("aircraft.far_part = any({})", "text[]"),
    "year": ("events.ev_year = {}", "integer"),
    "state": ("events.ev_state = any({})", "text[]"),
}
# Two zeros are not coordinates.
NEAR = """
st_dwithin(events.geom::geography, st_point({longitude}, {latitude})::geography, {meters})
and not (events.dec_latitude = 0 and events.dec_longitude = 0)
"""


ID_ORDER = "ev_id {0}"
DATE_ORDER = "ev_date {0} nulls last, case when ev_date is null then ev_id end, ev_id {0}"
ALL = SQL("true")


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


def all_of(parts: Sequence[Composable]) -> Composable:
    """Return the conjunction of conditions."""
    return SQL(" and ").join(parts) if parts else ALL


def events_query(
    filters: BasicFilter, release: str, point: tuple[float, float] | None = None, earlier: str | None = None
) -> tuple[Composable, Parameters]:
    """Return the query of a page of events and its parameters; it returns one row more if there is another page.

    `release`: the current one; `earlier`: the release whose events are listed instead; `point`: the center.
    """
    more = Parameters()
    parts = conditions(filters, EVENT_CONDITIONS, more)
    if point and isinstance(filters, EventFilter):
        latitude, longitude = (more.add(value, "float8") for value in point)
        meters = more.add(filters.radius_km * 1000, "float8")
        parts.append(SQL(NEAR).format(latitude=latitude, longitude=longitude, meters=meters))
    direction = SQL("desc" if filters.sort.startswith("-") else "asc")
    is_by_id = filters.sort.endswith("ev_id")
    order = SQL(ID_ORDER if is_by_id else DATE_ORDER).format(direction)
    limit = more.add(filters.limit + 1, "integer")
    after = decode_cursor(filters.cursor, earlier or release, IdPosition if is_by_id else DatePosition)
    pieces = {"filters": all_of(parts), "direction": direction, "order": order, "limit": limit}
    page = SQL(BY_ID if is_by_id else DATED).format(**pieces, **_after(filters.sort, after, more))
    if earlier:
        pieces = {"release": more.add(earlier, "text"), "columns": names(EARLIER_COLUMNS)}
        return SQL(EARLIER).format(page=page, order=order, **pieces), more
    return SQL(EVENTS).format(page=page, order=order, columns=names(EVENT_COLUMNS)), more


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


def aircraft_query(filters: AircraftFilter, release: str) -> tuple[Composable, Parameters]:
    """Return the query of a page of aircraft and its parameters, as `events_query` does."""
    more = Parameters()
    parts = conditions(filters, AIRCRAFT_CONDITIONS, more)
    if position := decode_cursor(filters.cursor, release, AircraftPosition):
        values = more.add(position.ev_id, "text"), more.add(position.aircraft_key, "integer")
        parts.append(SQL("(aircraft.ev_id, aircraft.aircraft_key) > ({}, {})").format(*values))
    limit = more.add(filters.limit + 1, "integer")
    columns = SQL(", ").join(SQL("aircraft.{}").format(Identifier(name)) for name in AIRCRAFT_COLUMNS)
    return SQL(AIRCRAFT).format(columns=columns, filters=all_of(parts), limit=limit), more


def names(columns: Sequence[str]) -> Composable:
    """Return quoted names, separated by commas."""
    return SQL(", ").join(map(Identifier, columns))
