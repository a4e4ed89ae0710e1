"""Airports of events, derived positions and their comparison with NTSB's, against the bundled airports."""

from collections.abc import Iterator

import pytest
from empty_mart import prepared as prepared
from psycopg2.extensions import connection as Connection
from tables import load, rows

# KSPB (Scappoose, Oregon) is at 45.7710 N, 122.8618 W; a mile is 1609.344 m, a degree of latitude 111.2 km.
EVENTS = """
    | ev_id      | ev_country | ev_state | ev_city   | ev_nr_apt_id | apt_name               |
    | exact      | USA        | OR       | Scappoose | spb          | SCAPPOOSE              |
    | K          | USA        | OR       | Scappoose | KSPB         |                        |
    | zeros      | USA        | OR       | Scappoose | SPB          |                        |
    | far        | USA        | OR       | Scappoose | SPB          | SCAPPOOSE              |
    | local K    | USA        | IN       | Elkhart   | K3C1         | MISHAWAKA PILOTS CLUB  |
    | reused     | USA        | FL       | Key Largo | SPB          | OCEAN REEF CLUB        |
    | reused too | USA        | FL       | Miami     | SPB          | NOWHERE                |
    | by name    | USA        | OR       | Scappoose | ZZZ9         | Scappoose Municipal    |
    | near       | USA        | OR       | Scappoose | ZZZ9         | Scappoose Industrial X |
    | position   | USA        | OR       | Nowhere   | ZZZ9         | Qqq                    |
    | unknown    | USA        | OR       | Nowhere   | ZZZ9         | Qqq                    |
    | private    | USA        | OR       | Nowhere   | PVT          |                        |
    | abroad     | CA         |          | Vancouver | CYVR         | VANCOUVER              |
"""
POSITIONS = """
    | ev_id      | apt_dist | apt_dir | ev_nr_apt_loc | dec_latitude | dec_longitude | latlong_acq |
    | exact      | 0        | 0       | ONAP          | 45.7710      | -122.8618     | MEAS        |
    | K          | 3        | 360     | OFAP          |              |               |             |
    | zeros      | 3        | 0       | OFAP          | 0            | 0             | MEAS        |
    | far        | 2        | 90      | OFAP          | 45.7710      | -122.7000     | EST         |
    | local K    | 0        | 0       |               |              |               |             |
    | reused     | 0        | 0       |               | 25.3254      | -80.2748      | MEAS        |
    | reused too | 0        | 0       |               |              |               |             |
    | by name    | 0        | 0       |               |              |               |             |
    | near       | 0        | 0       |               | 45.7300      | -122.8600     | MEAS        |
    | position   | 0        | 0       | ONAP          | 45.7710      | -122.8600     |             |
    | unknown    | 0        | 0       |               |              |               |             |
    | private    | 0        | 0       |               |              |               |             |
    | abroad     | 0        | 0       |               |              |               |             |
"""
SET_POSITIONS = """
    update events set (apt_dist, apt_dir, ev_nr_apt_loc, dec_latitude, dec_longitude, latlong_acq)
        = (select apt_dist, apt_dir, ev_nr_apt_loc, dec_latitude, dec_longitude, latlong_acq
            from position where position.ev_id = events.ev_id)
"""


@pytest.fixture
def mart(prepared: Connection) -> Iterator[Connection]:
    """The events above, in a transaction that is rolled back."""
    with prepared.cursor() as cursor:
        cursor.execute("begin")
        cursor.execute("create temporary table position (like events) on commit drop")
        load(prepared, "events", EVENTS)
        load(prepared, "position", POSITIONS)
        cursor.execute(SET_POSITIONS)
        cursor.execute("refresh materialized view clean_airports; refresh materialized view airport_matches")
        yield prepared
        cursor.execute("rollback")


def matches(connection: Connection) -> dict[str, tuple[str, str | None]]:
    """{ev_id: (match, airport_id)}."""
    query = "select ev_id, match, airport_id from airport_matches"
    return {event: (match, airport) for event, match, airport in rows(connection, query)}


def test_an_airport_is_matched_by_identifier_name_or_position_and_otherwise_not_at_all(mart: Connection) -> None:
    assert matches(mart) == {
        "exact": ("identifier", "KSPB"),
        "K": ("identifier", "KSPB"),
        "zeros": ("identifier", "KSPB"),
        "far": ("identifier", "KSPB"),
        "local K": ("identifier", "K3C1"),
        "reused": ("name", "07FA"),
        "reused too": ("contradicted", None),
        "by name": ("name", "KSPB"),
        "near": ("nearby name", "KSPB"),
        "position": ("position", "KSPB"),
        "unknown": ("none", None),
    }


# Apt_dist is in statute miles: Simla is 74 km from Centennial Airport (KAPA).
HARD_EVENTS = """
    | ev_id        | ev_state | ev_city     | ev_nr_apt_id | apt_name        | apt_dist | dec_latitude | dec_longitude |
    | moved        | CO       | DENVER      | DEN          | STAPLETON INT'L |          | 39.77        | -104.90       |
    | moved to     | CO       | DENVER      | DEN          | DENVER INTL     |          | 39.86        | -104.67       |
    | closed       | KS       | KANSAS CITY | KCK          | FAIRFAX MUNI    |          |              |               |
    | closed, far  | FL       | MIAMI       | KCK          | FAIRFAX MUNI    |          | 25.8         | -80.2         |
    | renamed      | CO       | WATKINS     | FTG          | FRONT RANGE     |          |              |               |
    | zero         | CA       | COLUSA      | 008          | COLUSA COUNTY   |          |              |               |
    | other zero   | TX       | DALLAS      | 008          | COLUSA COUNTY   |          |              |               |
    | with city    | NM       | GALLUP      | CUP          | MUNICIPAL       |          |              |               |
    | further word | KS       | WICHITA     | 3KM          | JABARA          |          |              |               |
    | other words  | NV       | RENO        | 9ZZ9         | NEVADA FLYERS   |          |              |               |
    | as stated    | CO       | SIMLA       | APA          | CENTENIAL       | 46       | 39.2664      | -104.0883     |
    | not stated   | CO       | SIMLA       | APA          | CENTENIAL       | 5        | 39.2664      | -104.0883     |
    | no name      | CO       | SIMLA       |              | N/A             |          |              |               |
    | no airport   | CO       | SIMLA       | NONE         | FARM STRIP      |          |              |               |
"""


def test_closed_airports_earlier_codes_and_misspelled_identifiers_are_matched_and_none_is_guessed(
    prepared: Connection,
) -> None:
    with prepared.cursor() as cursor:
        cursor.execute("begin")
        load(prepared, "events", HARD_EVENTS)
        cursor.execute("update events set ev_country = 'USA'")
        cursor.execute("refresh materialized view clean_airports; refresh materialized view airport_matches")
        query = "select ev_id, match, airport_id, airport_status from airport_matches"
        actual = {event: tuple(values) for event, *values in rows(prepared, query)}
        cursor.execute("rollback")
    assert actual == {
        "moved": ("identifier", "X-KDEN", "closed"),
        "moved to": ("identifier", "KDEN", "current"),
        "closed": ("identifier", "US-2173", "closed"),
        "closed, far": ("contradicted", None, None),
        "renamed": ("identifier", "KCFO", "current"),
        "zero": ("similar identifier", "KO08", "current"),
        "other zero": ("none", None, None),
        "with city": ("name and city", "KGUP", "current"),
        "further word": ("name and city", "KAAO", "current"),
        "other words": ("none", None, None),
        "as stated": ("identifier", "KAPA", "current"),
        "not stated": ("contradicted", None, None),
    }


# Codes of today, earlier ones and those of closed airports; words that are no codes; cities that are no airports.
# Two closed airports had 02AR, which is that of Mount Moriah today, 224 km from Fayetteville.
RANKED_EVENTS = """
    | ev_id           | ev_state | ev_city       | ev_nr_apt_id | apt_name              | dec_latitude | dec_longitude |
    | more words      | CO       | DENVER        | DEN          | DENVER STAPLETON INTL | 39.77        | -104.88       |
    | no position     | TX       | AUSTIN        | AUS          | AUSTIN ROBERT MUELLER |              |               |
    | as many words   | TX       | AUSTIN        | AUS          | AUSTIN                | 30.25        | -97.68        |
    | far             | AR       | FAYETTEVILLE  | 02AR         | MOUNT COMFORT         | 36.0906      | -94.2096      |
    | as far          | AR       | FAYETTEVILLE  | 02AR         | MOUNT                 | 36.0906      | -94.2096      |
    | earlier code    | CT       | HARTFORD      | HFD          |                       |              |               |
    | its name        | CT       | WINDSOR LOCKS | HFD          | BRADLEY INTL          |              |               |
    | shared name     | SC       | BEAUFORT      | BFT          | BEAUFORT              |              |               |
    | earlier, city   | TX       | WICHITA FALLS | T47          | AIRPARK               |              |               |
    | closed, city    | FL       | ARCADIA       | 92FL         | CARLSTORM             |              |               |
    | elsewhere today | WA       | ROCHE HARBOR  | RCE          | ROCHE HARBOR          |              |               |
    | word            | TX       | SAN ANTONIO   | AFB          |                       | 29.25        | -98.75        |
    | area            | NJ       | NEWARK        | NYC          |                       | 40.75        | -74.20        |
    | city            | OH       | ELYRIA        | 9ZZ9         |                       |              |               |
    | city, no name   | OH       | ELYRIA        | 9ZZ9         | AIRPORT               |              |               |
    | without cities  | AK       |               | 9ZZ9         | TEXACO                |              |               |
"""


def test_airports_that_share_an_identifier_are_ranked_by_name_distance_city_and_whose_code_it_is_today(
    prepared: Connection,
) -> None:
    with prepared.cursor() as cursor:
        cursor.execute("begin")
        load(prepared, "events", RANKED_EVENTS)
        cursor.execute("update events set ev_country = 'USA'")
        cursor.execute("refresh materialized view clean_airports; refresh materialized view airport_matches")
        actual = matches(prepared)
        cursor.execute("rollback")
    assert actual == {
        "more words": ("identifier", "X-KDEN"),
        "no position": ("identifier", "OA-308669"),
        "as many words": ("identifier", "KAUS"),
        "far": ("identifier", "US-02AR"),
        "as far": ("identifier", "US-02AR"),
        "earlier code": ("identifier", "KHFD"),
        "its name": ("identifier", "KBDL"),
        "shared name": ("identifier", "KARW"),
        "earlier, city": ("identifier", "KCWC"),
        "closed, city": ("identifier", "92FL"),
        "elsewhere today": ("identifier", "WA09"),
        "word": ("none", None),
        "area": ("none", None),
        "city": ("none", None),
        "city, no name": ("none", None),
        "without cities": ("none", None),
    }


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("St. Mary's Municipal Airport", ["ST", "MARYS"]),
        ("SAINT MARYS MUNI", ["ST", "MARYS"]),
        ("O'Hare Int'l", ["OHARE"]),
        ("COUNTY AIRPORT", []),
        ("", []),
        (None, []),
    ],
)
def test_names_are_compared_by_the_words_that_are_theirs(
    prepared: Connection, name: str | None, words: list[str]
) -> None:
    assert rows(prepared, "select mart.airport_words(%s)", name) == [(words,)]


def test_several_airports_are_ambiguous_and_none_is_chosen(mart: Connection) -> None:
    """Two airports of a name in a state, and two within two kilometers."""
    copy = """
        insert into airports
        select list, line + 1000000, icao || '2', iata || '2', local_id || '2', name, city, state, country,
            latitude, longitude, time_zone, source from airports where icao = 'KSPB'
    """
    with mart.cursor() as cursor:
        cursor.execute(copy)
        cursor.execute("refresh materialized view clean_airports; refresh materialized view airport_matches")
    ambiguous = {event for event, match in matches(mart).items() if match == ("ambiguous", None)}
    assert ambiguous == {"by name", "near", "position"}
    assert rows(mart, "select candidates from airport_matches where match = 'ambiguous' group by 1") == [(2,)]
    assert matches(mart)["exact"] == ("identifier", "KSPB")


def test_a_closed_airport_of_the_same_name_is_used_where_no_current_one_is_within_two_kilometers(
    mart: Connection,
) -> None:
    """The closed airport is 7.8 km from one event of its name, which is close to KSPB, and 3.9 km from another."""
    closed = """
        insert into unlisted_airports (list, line, airport, status, name, state, latitude, longitude)
        select list, 1000000, 'US-TEST', 'closed', 'Qqq Airport', 'WA', '45.7710', '-122.7600'
        from airports where icao = 'KSPB'
    """
    with mart.cursor() as cursor:
        cursor.execute(closed)
        cursor.execute("update events set dec_latitude = 45.7710, dec_longitude = -122.71 where ev_id = 'unknown'")
        cursor.execute("refresh materialized view clean_airports; refresh materialized view airport_matches")
    actual = matches(mart)
    assert actual["position"] == ("position", "KSPB")
    assert actual["unknown"] == ("nearby name", "US-TEST")


def test_stated_distances_and_directions_are_compared_with_coordinates(mart: Connection) -> None:
    """0.1618 degrees of longitude at 45.771 north are 12.55 km, due east; apt_dist says 2 miles, 3.2 km."""
    query = """
        select distance_km, stated_distance_km, distance_agrees, bearing, stated_direction, direction_agrees
        from airport_matches where ev_id = %s
    """
    assert rows(mart, query, "far") == [(pytest.approx(12.5, abs=0.1), 3.2, False, 90, 90, True)]
    # On the airport, 0 is a distance; elsewhere it may mean not recorded. Direction 0 is never one.
    assert rows(mart, query, "exact") == [(0.0, 0.0, True, None, None, None)]
    assert rows(mart, query, "near")[0][1:3] == (None, None)
    assert rows(mart, query, "zeros") == [(None, 4.8, None, None, None, None)]
    with mart.cursor() as cursor:
        cursor.execute("update events set apt_dist = 8, apt_dir = 200 where ev_id = 'far'")
        cursor.execute("refresh materialized view clean_airports; refresh materialized view airport_matches")
    assert rows(mart, query, "far") == [(pytest.approx(12.5, abs=0.1), 12.9, True, 90, 200, False)]


def test_events_without_coordinates_have_a_derived_position_with_radius_and_rule(mart: Connection) -> None:
    """Three miles north of 45.7710 are 4.83 km, 0.0434 degrees."""
    query = "select derived_latitude, derived_longitude, radius_km, rule from derived_positions where ev_id = %s"
    ((latitude, longitude, radius, rule),) = rows(mart, query, "K")
    assert (latitude, longitude) == (pytest.approx(45.8144, abs=0.001), pytest.approx(-122.8618, abs=0.001))
    assert (radius, rule) == (12.8, "3.0 mi at 360 degrees magnetic from KSPB")
    assert rows(mart, query, "zeros")[0][2:] == (12.8, "3.0 mi from KSPB")
    assert rows(mart, query, "exact")[0][2:] == (10.0, "on KSPB")
    assert rows(mart, query, "by name")[0][2:] == (26.0, "near KSPB")
    # Positions chosen by coordinates are not derived from an airport: comparing them would be circular.
    derived = {event for (event,) in rows(mart, "select ev_id from derived_positions")}
    assert derived == {"exact", "K", "zeros", "far", "local K", "reused", "by name"}


@pytest.mark.parametrize("miles", [501, 20_000, 3e38])
def test_a_distance_that_is_none_from_an_airport_is_ignored(mart: Connection, miles: float) -> None:
    """PostGIS projects no point farther than half around the earth."""
    with mart.cursor() as cursor:
        cursor.execute("update events set apt_dist = %s where ev_id = 'K'", (miles,))
        cursor.execute("refresh materialized view airport_matches")
    assert rows(mart, "select stated_distance_km from airport_matches where ev_id = 'K'") == [(None,)]
    query = "select derived_latitude, radius_km, rule from derived_positions where ev_id = 'K'"
    assert rows(mart, query) == [(45.771, 26.0, "near KSPB")]


def test_every_event_has_a_position_source_and_coordinates_of_ntsb_come_first(mart: Connection) -> None:
    query = "select ev_id, position_source, position_latitude, uncertainty_km, rule from event_positions"
    positions = {event: tuple(values) for event, *values in rows(mart, query)}
    assert len(positions) == 13
    assert positions["exact"] == ("NTSB measured", 45.7710, 26.0, None)
    assert positions["far"][:2] == ("NTSB estimated", 45.7710)
    assert positions["position"][:2] == ("NTSB", 45.7710)
    assert positions["zeros"] == ("derived", pytest.approx(45.771, abs=0.001), 12.8, "3.0 mi from KSPB")
    assert positions["unknown"] == ("none", None, None, None)
    published = "select dec_latitude, dec_longitude from events where ev_id in ('K', 'zeros') order by ev_id"
    assert rows(mart, published) == [(None, None), (0.0, 0.0)]


def test_the_uncertainty_of_coordinates_is_measured_on_airports(mart: Connection) -> None:
    """Of 20 events on an airport, 0.01 to 0.20 degrees (1.112 km each) north of it, the 95th percentile is 0.1905."""
    with mart.cursor() as cursor:
        cursor.execute("""
            insert into events
                (ev_id, ev_country, ev_state, ev_nr_apt_id, ev_nr_apt_loc, dec_latitude, dec_longitude, era)
            select 'n' || n, 'USA', 'OR', 'SPB', 'ONAP', latitude::float8 + n / 100.0, longitude::float8, 'pre2008'
            from generate_series(1, 20) as n, airports where icao = 'KSPB'
        """)
        cursor.execute("refresh materialized view clean_airports; refresh materialized view airport_matches")
    query = "select distinct uncertainty_km from event_positions where era = %s and position_source like 'NTSB%%'"
    assert rows(mart, query, "pre2008") == [(pytest.approx(21.2, abs=0.1),)]
    assert rows(mart, query, "avall") == [(26.0,)]


def test_coverage_counts_matches_and_disagreements(mart: Connection) -> None:
    query = "select measure, events, of_events from location_coverage where topic in ('airport', 'position')"
    counts = {measure: (events, total) for measure, events, total in rows(mart, query)}
    assert counts["matched"] == (9, 11)
    assert counts["matched by identifier"] == (5, 11)
    assert (counts["contradicted"], counts["ambiguous"]) == ((1, 11), (0, 11))
    assert counts["apt_dist agrees"] == (2, 3)
    assert counts["derived"] == (4, 13) and counts["none"] == (4, 13)


def test_without_airports_every_position_is_that_of_ntsb(mart: Connection) -> None:
    """The table is empty where its file is removed."""
    with mart.cursor() as cursor:
        cursor.execute("truncate airports, unlisted_airports")
        cursor.execute("refresh materialized view clean_airports; refresh materialized view airport_matches")
    assert rows(mart, "select distinct match from airport_matches") == [("none",)]
    query = "select position_source, count(*) from event_positions group by 1 order by 1"
    sources = dict(rows(mart, query))
    assert sources == {"NTSB": 1, "NTSB estimated": 1, "NTSB measured": 3, "none": 8}
