"""The position of the sun against published examples, computed by other methods or by hand."""

import pytest
from psycopg2.extensions import connection as Connection

from tests.sql.tables import rows

# (UTC, latitude, longitude): (elevation in degrees without refraction, solar time in minutes or None).
PUBLISHED = {
    # At the pole the elevation is the declination; at longitude 0, 0:00 plus the equation of time of 13 min 42.7 s.
    "Meeus, Astronomical Algorithms, examples 25.a and 28.b": ("1992-10-13 00:00", 90, 0, -7.785, 13.71),
    "NREL/TP-560-34302, table A5.1": ("2003-10-17 19:30:30", 39.742476, -105.1786, 39.872, None),
    "June solstice at noon on the Tropic of Cancer, 1962": ("1962-06-21 12:01:32", 23.44, 0, 90, 720),
    "March equinox of 2024, 03:06 UTC, at the pole": ("2024-03-20 03:06", 90, 0, 0, None),
}


@pytest.mark.parametrize("source", PUBLISHED)
def test_elevation_and_solar_time_are_the_published_ones(shared_database: Connection, source: str) -> None:
    utc, latitude, longitude, elevation, minutes = PUBLISHED[source]
    query = "select * from mart.sun(%s, %s, %s)"
    ((computed, solar_minutes),) = rows(shared_database, query, utc, latitude, longitude)
    assert computed == pytest.approx(elevation, abs=0.011)
    assert minutes is None or solar_minutes == pytest.approx(minutes, abs=0.15)


@pytest.mark.parametrize("year", [1940, 1969, 1970, 2026])
def test_solar_time_is_a_time_of_day_in_every_year_and_east_and_west(shared_database: Connection, year: int) -> None:
    """Mean solar time moves by 4 minutes per degree; at longitude 180 it is half a day away."""
    query = """
        select min(solar_minutes), max(solar_minutes), count(*)
        from generate_series(-180, 180, 15) as longitude
        cross join generate_series(0, 23) as hour
        cross join lateral mart.sun(make_timestamp(%s, 4, 16, hour, 0, 0), 40, longitude)
    """
    ((lowest, highest, count),) = rows(shared_database, query, year)
    assert 0 <= lowest < 2 and 1378 < highest < 1440 and count == 25 * 24
    noon = "select solar_minutes from mart.sun(make_timestamp(%s, 4, 16, 12, 0, 0), 40, %s)"
    assert rows(shared_database, noon, year, 0)[0][0] == pytest.approx(720, abs=1)
    assert rows(shared_database, noon, year, -90)[0][0] == pytest.approx(360, abs=1)


def test_the_sun_does_not_depend_on_the_time_zone_of_the_session(shared_database: Connection) -> None:
    query = "select * from mart.sun('2024-06-20 19:00', 40, -105)"
    with shared_database.cursor() as cursor:
        before = rows(shared_database, query)
        cursor.execute("set timezone = 'Asia/Tokyo'")
        assert rows(shared_database, query) == before
        cursor.execute("set timezone = 'UTC'")
