"""Time zones, UTC, local and solar time, and the check of light, with hand-computed cases."""

from typing import Any

import pytest
from empty_mart import mart as mart
from empty_mart import prepared as prepared
from psycopg2.extensions import connection as Connection
from tables import load, rows

from pipeline.config import REPOSITORY

COORDINATES = {
    "New York": ("NY", 40.78, -73.87),
    "Indianapolis": ("IN", 39.72, -86.29),
    "Phoenix": ("AZ", 33.43, -112.01),
    "Anchorage": ("AK", 61.17, -150.00),
    "Adak": ("AK", 51.88, -176.65),
    "Shemya": ("AK", 52.71, 174.11),
    "Honolulu": ("HI", 21.32, -157.92),
    "Guam": ("GU", 13.48, 144.80),
    "El Paso": ("TX", 31.81, -106.38),
    "Denver": ("CO", 39.86, -104.67),
}
INSERT = """
    insert into events (
        ev_id, era, ev_country, ev_state, dec_latitude, dec_longitude, ev_date, ev_time, ev_tmzn, light_cond
    )
    values ('e', %s, 'USA', %s, %s, %s, %s, %s, %s, %s)
"""


def values(connection: Connection, columns: str) -> list[tuple[Any, ...]]:
    """The columns of event_times, over the events inserted so far."""
    with connection.cursor() as cursor:
        cursor.execute("refresh materialized view clean_airports; refresh materialized view airport_matches")
    return rows(connection, f"select {columns} from event_times order by ev_id")


def insert(
    connection: Connection, city: str, time: str, zone: str | None = "UTC", light: str = "", era: str = "avall"
) -> None:
    """Insert one event at coordinates of a city."""
    date, hour = time.split()
    with connection.cursor() as cursor:
        cursor.execute(INSERT, (era, *COORDINATES[city], date, hour, zone, light))


# (city, date and time in UTC, local time)
LOCAL_TIMES = [
    ("New York", "2006-03-20 17:00", "2006-03-20 12:00"),  # daylight saving time from April until 2006, then from March
    ("New York", "2007-03-20 17:00", "2007-03-20 13:00"),
    ("New York", "2007-03-11 06:59", "2007-03-11 01:59"),
    ("New York", "2007-03-11 07:00", "2007-03-11 03:00"),
    ("New York", "1974-01-10 17:00", "1974-01-10 13:00"),  # daylight saving time in winter, by law of 1973
    ("New York", "2010-01-01 03:00", "2009-12-31 22:00"),
    ("Indianapolis", "2005-07-01 17:00", "2005-07-01 12:00"),  # no daylight saving time from 1971 to 2005
    ("Indianapolis", "2006-07-01 17:00", "2006-07-01 13:00"),
    ("Phoenix", "2020-07-01 17:00", "2020-07-01 10:00"),
    ("Anchorage", "1983-07-01 17:00", "1983-07-01 08:00"),  # UTC-10 and daylight saving time until 1983, then UTC-9
    ("Anchorage", "1984-01-15 17:00", "1984-01-15 08:00"),
    ("Anchorage", "1983-01-15 17:00", "1983-01-15 07:00"),
    ("Adak", "2020-07-01 17:00", "2020-07-01 08:00"),
    ("Shemya", "2020-01-15 17:00", "2020-01-15 07:00"),
    ("Honolulu", "2020-07-01 05:00", "2020-06-30 19:00"),
    ("Guam", "2020-07-01 17:00", "2020-07-02 03:00"),
    ("El Paso", "2020-07-01 17:00", "2020-07-01 11:00"),  # mountain time, in a state on central time
]


@pytest.mark.parametrize(("city", "utc", "local"), LOCAL_TIMES)
def test_utc_is_converted_by_the_zone_and_its_rules_at_that_date(
    mart: Connection, city: str, utc: str, local: str
) -> None:
    insert(mart, city, utc)
    assert values(
        mart, "to_char(utc_time, 'YYYY-MM-DD HH24:MI'), to_char(local_time, 'YYYY-MM-DD HH24:MI'), clock"
    ) == [(utc, local, "UTC")]


# (city, date and time as recorded, ev_tmzn, era, UTC, ev_tmzn agrees)
CLOCKS = [
    ("New York", "2010-07-01 12:00", "EDT", "avall", "2010-07-01 16:00", True),
    ("New York", "2010-07-01 12:00", "est ", "avall", "2010-07-01 17:00", False),
    ("Anchorage", "2010-01-01 12:00", "AKS", "avall", "2010-01-01 21:00", True),
    ("Honolulu", "2010-01-01 20:00", "HST", "avall", "2010-01-02 06:00", True),
    ("Denver", "2010-07-01 12:00", "PDT", "avall", "2010-07-01 19:00", False),
    ("Denver", "1970-07-01 12:00", None, "pre1982", "1970-07-01 18:00", None),
    ("Denver", "2010-07-01 12:00", "LCL", "avall", "2010-07-01 18:00", None),
    ("Denver", "2010-07-01 12:00", None, "avall", None, None),
    ("Denver", "2010-07-01 12:00", "uCn", "avall", None, None),
]


@pytest.mark.parametrize(("city", "time", "zone", "era", "utc", "agrees"), CLOCKS)
def test_local_clocks_give_utc_and_the_recorded_zone_is_compared(
    mart: Connection, city: str, time: str, zone: str | None, era: str, utc: str | None, agrees: bool | None
) -> None:
    insert(mart, city, time, zone, era=era)
    assert values(mart, "to_char(utc_time, 'YYYY-MM-DD HH24:MI'), ev_tmzn_agrees") == [(utc, agrees)]


def test_the_source_of_the_time_zone_is_stated_and_an_uncertain_one_is_not_given(mart: Connection) -> None:
    """By state where all its airports have one zone, else by the nearest airports, else by city."""
    load(
        mart,
        "events",
        """
        | ev_id | ev_country | ev_state | ev_city   | ev_date    | dec_latitude | dec_longitude |
        | 1     | USA        | CA       | Nowhere   | 2020-01-01 |              |               |
        | 2     | USA        | TX       | Nowhere   | 2020-01-01 | 31.81        | -106.38       |
        | 3     | USA        | TX       | EL  PASO  | 2020-01-01 |              |               |
        | 4     | USA        | TX       | Nowhere   | 2020-01-01 |              |               |
        | 5     | USA        | TX       | Nowhere   | 2020-01-01 | 0            | 0             |
        | 6     | MX         |          | Tijuana   | 2020-01-01 | 32.54        | -116.97       |
        | 7     | USA        |          | At sea    | 2020-01-01 | 30           | -50           |
        | 8     | USA        | CA       | No date   |            |              |               |
        """,
    )
    assert values(mart, "ev_id, time_zone, time_zone_source") == [
        ("1", "America/Los_Angeles", "state"),
        ("2", "America/Denver", "airport"),
        ("3", "America/Denver", "city"),
        ("4", None, None),
        ("5", None, None),
        ("6", "America/Tijuana", "airport"),
        ("7", None, None),
    ]


# Denver, 2024-03-20 (equinox): the sun sets about 19:12 MDT (01:12 UTC), civil twilight ends about 19:39 (01:39 UTC).
LIGHT = [
    ("2024-03-20 19:00", "DAYL", "DAYL", True, 0.0),
    ("2024-03-20 19:00", "NITE", "DAYL", False, 56.2),  # 50.2 degrees high at solar noon, 56.2 above the limit of night
    ("2024-03-21 01:30", "DUSK", "DUSK", True, 0.0),
    ("2024-03-21 01:30", "dusk ", "DUSK", True, 0.0),
    ("2024-03-20 12:50", "DAWN", "DAWN", True, 0.0),
    ("2024-03-20 12:50", "DUSK", "DAWN", False, 0.0),
    ("2024-03-21 03:00", "NDRK", "NITE", True, 0.0),
    ("2024-03-21 03:00", "NBRT", "NITE", True, 0.0),
    ("2024-03-21 03:00", "NR", "NITE", None, None),
]


@pytest.mark.parametrize(("utc", "code", "light", "agrees", "difference"), LIGHT)
def test_light_is_compared_with_the_sun_and_not_changed(
    mart: Connection, utc: str, code: str, light: str, agrees: bool | None, difference: float | None
) -> None:
    insert(mart, "Denver", utc, light=code)
    ((by_sun, same, degrees),) = values(mart, "light_by_sun, light_agrees, light_difference")
    assert (by_sun, same) == (light, agrees)
    assert degrees == (None if difference is None else pytest.approx(difference, abs=0.3))
    assert rows(mart, "select light_cond from events") == [(code,)]


def test_solar_time_is_twelve_when_the_sun_is_highest(mart: Connection) -> None:
    """At 104.67 degrees west, mean noon is 18:58:41 UTC; on March 20 the sun is 7.3 minutes later: 19:06."""
    insert(mart, "Denver", "2024-03-20 19:06")
    assert values(mart, "solar_time::text, sun_elevation") == [("12:00:00", pytest.approx(50.4, abs=0.1))]


def test_events_without_time_or_position_have_no_sun(mart: Connection) -> None:
    load(
        mart,
        "events",
        """
        | ev_id | ev_country | ev_state | ev_date    | ev_time | ev_tmzn | light_cond | dec_latitude | dec_longitude |
        | 1     | USA        | CO       | 2020-01-01 | 12:00   | UTC     | DAYL       |              |               |
        | 2     | USA        | NY       | 2020-01-01 |         | UTC     | DAYL       | 40.78        | -73.87        |
        """,
    )
    assert values(mart, "sun_elevation, light_by_sun, light_agrees, light_difference, solar_time") == [(None,) * 5] * 2


def test_every_time_zone_of_the_airports_is_known_to_the_server(mart: Connection) -> None:
    """A name that the server does not know would be an error in every query of the view."""
    query = "select distinct time_zone from airports where time_zone not in (select name from pg_timezone_names)"
    assert rows(mart, query) == []


def test_the_page_on_seasons_has_no_hour_and_no_shift_of_the_month_for_a_doubtful_time(mart: Connection) -> None:
    """00:00 UTC since 1982 may mean not recorded: 1 June stays in June. Before 1982 it is midnight."""
    for number, (time, zone, era) in enumerate(
        [
            ("2020-06-01 00:00", "UTC", "avall"),
            ("1990-06-01 00:00", "MST", "pre2008"),
            ("2020-06-01 01:30", "UTC", "avall"),
            ("1970-06-01 00:00", None, "pre1982"),
            ("2020-06-02 18:00", None, "avall"),
        ]
    ):
        insert(mart, "Denver", time, zone, era=era)
        with mart.cursor() as cursor:
            cursor.execute("update events set ev_id = %s, ev_state = 'CO' where ev_id = 'e'", (f"e{number}",))
    query = (REPOSITORY / "reports/places/queries/season.sql").read_text().rstrip().rstrip(";")
    assert rows(mart, f"select month, hour, accidents from ({query}) as season") == [
        (5, 19, 1),
        (6, 0, 1),
        (6, None, 3),
    ]
