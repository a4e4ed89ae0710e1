"""Coordinates against the bundled boundaries of states: own state, neighboring state, sea, islands, antimeridian."""

import pytest
from empty_mart import mart as mart
from empty_mart import prepared as prepared
from psycopg2.extensions import connection as Connection
from tables import rows

from pipeline.config import SQL, Checks
from pipeline.warehouse.quality import checks

CHECK = SQL / "checks" / "coordinates_in_state.sql"
INSERT = """
    insert into events (ev_id, ev_country, ev_state, dec_latitude, dec_longitude, era)
    values (%s, %s, %s, %s, %s, 'avall')
"""
# (state, latitude, longitude) of places in their state.
INSIDE = {
    "Trenton": ("NJ", 40.2206, -74.7597),
    "Philadelphia": ("PA", 39.9526, -75.1652),
    "Adak, east of the antimeridian": ("AK", 51.88, -176.65),
    "Shemya, west of it": ("AK", 52.72, 174.11),
    "Saipan": ("MP", 15.19, 145.75),
    "Saipan under its older code": ("CQ", 15.19, 145.75),
    "San Juan": ("PR", 18.40, -66.06),
    "Washington": ("dc ", 38.9072, -77.0369),
    "Key West": ("FL", 24.56, -81.78),
}
# (state, latitude, longitude) of places in another state, many within half a degree of the stated one.
ELSEWHERE = {
    "Philadelphia": ("NJ", 39.9526, -75.1652),
    "Northeast Philadelphia airport": ("NJ", 40.0819, -75.0106),
    "New York": ("NJ", 40.7580, -73.9855),
    "Kansas City, Kansas": ("MO", 39.1141, -94.75),
    "Cincinnati": ("KY", 39.15, -84.52),
    "Vancouver, Washington": ("OR", 45.68, -122.60),
    "Arlington": ("DC", 38.87, -77.13),
    "Denver": ("CA", 39.74, -104.99),
}


def insert(
    connection: Connection, name: str, state: str, latitude: float, longitude: float, country: str = "USA"
) -> None:
    """Insert one event with coordinates."""
    with connection.cursor() as cursor:
        cursor.execute(INSERT, (name, country, state, latitude, longitude))


def offending(connection: Connection, **limits: float) -> set[str]:
    """ev_id of the events that the check returns; `limits` as in [Checks]."""
    with connection.cursor() as cursor:
        checks.set_limits(cursor, limits)
    return {event for (event,) in rows(connection, f"select row_key from ({CHECK.read_text()}) as offending")}


@pytest.mark.parametrize("name", INSIDE)
def test_a_point_in_its_state_passes(mart: Connection, name: str) -> None:
    insert(mart, name, *INSIDE[name])
    assert rows(mart, "select ev_id, in_state, distance_km from coordinate_states") == [(name, True, 0.0)]
    assert offending(mart) == set()


@pytest.mark.parametrize("name", ELSEWHERE)
def test_a_point_in_another_state_is_reported(mart: Connection, name: str) -> None:
    insert(mart, name, *ELSEWHERE[name])
    assert offending(mart) == {name}


def test_the_distance_and_the_state_of_the_point_are_published(mart: Connection) -> None:
    insert(mart, "e1", *ELSEWHERE["Denver"])
    insert(mart, "e2", *ELSEWHERE["Philadelphia"])
    insert(mart, "e3", *INSIDE["Philadelphia"])
    query = "select ev_id, state_at_coordinates, in_state, distance_km from coordinate_states order by ev_id"
    (denver, philadelphia, inside) = rows(mart, query)
    assert denver == ("e1", "CO", False, pytest.approx(1000, abs=15))
    assert philadelphia == ("e2", "PA", False, pytest.approx(3, abs=1.5))
    assert inside == ("e3", "PA", True, 0.0)


def test_tolerances_are_settings_in_kilometers(mart: Connection) -> None:
    """One for points in another state, a larger one for points in none: at sea, on a large lake, abroad."""
    insert(mart, "border", *ELSEWHERE["Philadelphia"])
    insert(mart, "sea", "NJ", 39.36, -74.2)
    assert offending(mart) == {"border"}
    assert offending(mart, state_border_km=10, state_coast_km=25) == set()
    assert offending(mart, state_border_km=10, state_coast_km=5) == {"sea"}
    assert checks.read_check(CHECK).severity == "warn"
    assert {"state_border_km", "state_coast_km"} <= Checks().param_kwargs.keys()


@pytest.mark.parametrize(
    ("state", "latitude", "longitude", "country"),
    [
        ("NJ", 0, 0, "USA"),
        ("AO", 30.0, -60.0, "USA"),
        ("CA", 52.0, -106.0, "CA"),
        ("", 40.0, -100.0, "USA"),
        ("ZZ", 40.0, -100.0, "USA"),
    ],
)
def test_events_without_a_state_or_a_point_are_not_compared(
    mart: Connection, state: str, latitude: float, longitude: float, country: str
) -> None:
    insert(mart, "e1", state, latitude, longitude, country)
    assert rows(mart, "select * from coordinate_states") == []


def test_boundaries_cover_all_states_and_territories_with_valid_polygons(mart: Connection) -> None:
    assert rows(mart, "select count(distinct state) from state_boundary") == [(56,)]
    assert rows(mart, "select state, line from state_boundary where not st_isvalid(st_geomfromtext(boundary))") == []
    area = "sum(st_area(st_geomfromtext(boundary, 4326)::geography)) / 1e6"
    areas = dict(rows(mart, f"select state, {area} from state_boundary group by state"))
    # Land and inland waters, in square kilometers (US Census Bureau, State Area Measurements).
    assert areas["NJ"] == pytest.approx(20_000, rel=0.08)
    assert areas["WY"] == pytest.approx(253_335, rel=0.01)
    assert areas["RI"] == pytest.approx(2_800, rel=0.15)
    assert areas["AK"] == pytest.approx(1_500_000, rel=0.03)
