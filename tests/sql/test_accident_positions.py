"""Positions of accidents that maps use, and clusters of them, with hand-computed cases."""

import pytest
from empty_mart import mart as mart
from empty_mart import prepared as prepared
from psycopg2.extensions import connection as Connection
from tables import rows

INSERT = """
    insert into events (
        ev_id, ev_type, era, ev_country, ev_state, ev_city, dec_latitude, dec_longitude, latlong_acq, ev_highest_injury,
        ev_date
    )
    values (%s, %s, 'avall', %s, %s, %s, %s, %s, %s, %s, '2020-05-01')
"""
DENVER = (39.74, -104.99)
# (type, country, state, coordinates, method): quality and use.
CASES = {
    "measured": (("ACC", "USA", "CO", DENVER, "MEAS"), ("measured", True)),
    "estimated": (("ACC", "USA", "co ", DENVER, "EST"), ("estimated", True)),
    "no method": (("ACC", "USA", "CO", DENVER, None), ("method not recorded", True)),
    "type not stated": ((None, "USA", "CO", DENVER, "MEAS"), ("measured", True)),
    "another state": (("ACC", "USA", "CA", DENVER, "MEAS"), ("outside its state", False)),
    "off the coast": (("ACC", "USA", "CA", (33.6, -118.1), "MEAS"), ("measured", True)),
    "far at sea": (("ACC", "USA", "CA", (33.0, -125.0), "MEAS"), ("outside its state", False)),
    "sign of the longitude": (("ACC", "USA", "CO", (39.74, 104.99), "MEAS"), ("outside its state", False)),
    "ocean": (("ACC", "USA", "PO", (30.0, -140.0), "MEAS"), ("state not known", False)),
    "no state": (("ACC", "USA", None, DENVER, "MEAS"), ("state not known", False)),
    "zeros": (("ACC", "USA", "CO", (0, 0), "MEAS"), ("none", False)),
    "no coordinates": (("ACC", "USA", "CO", (None, None), None), ("none", False)),
    "incident": (("INC", "USA", "CO", DENVER, "MEAS"), None),
    "abroad": (("ACC", "MEX", None, (25.0, -100.0), "MEAS"), None),
}


def refresh(connection: Connection, *names: str) -> None:
    with connection.cursor() as cursor:
        for name in names:
            cursor.execute(f"refresh materialized view {name}")


@pytest.mark.parametrize(("event", "expected"), CASES.values(), ids=CASES.keys())
def test_wrong_and_missing_positions_are_named_and_not_used(
    mart: Connection, event: tuple[str, str, str, tuple[float, float], str], expected: tuple[str, bool] | None
) -> None:
    kind, country, state, coordinates, method = event
    with mart.cursor() as cursor:
        cursor.execute(INSERT, ("e", kind, country, state, "X", *coordinates, method, "NONE"))
    refresh(mart, "airport_matches", "accident_positions")
    assert rows(mart, "select position_quality, is_located from accident_positions") == ([expected] if expected else [])


def test_clusters_are_numbered_by_size_and_do_not_depend_on_the_order_of_rows(mart: Connection) -> None:
    # Steps of 0.005 degrees of latitude are 0.6 km: no accident is within 3 km of all others.
    # Nine accidents are no cluster; a tenth one is 5.5 km away.
    chain = [("A", f"CHAIN {n % 2}", (39.0 + 0.005 * n, -105.0), "FATL" if n < 3 else "NONE") for n in range(12)]
    point = [("B", "POINT", (40.5, -104.0), "NONE" if n else "UNKN") for n in range(10)]
    few = [("C", "FEW", (38.0, -104.0 + (0.06 if n == 9 else 0)), "NONE") for n in range(10)]
    events = [(f"{name}{n:02}", *rest) for group in (chain, point, few) for n, (name, *rest) in enumerate(group)]
    query = """
        select cluster_no, city, state, accidents, fatal_accidents, accidents_of_known_severity, radius_km,
            center_latitude
        from accident_clusters order by cluster_no
    """
    results = []
    for order in (events, events[::-1]):
        with mart.cursor() as cursor:
            cursor.execute("delete from events")
            for ev_id, city, coordinates, injury in order:
                cursor.execute(INSERT, (ev_id, "ACC", "USA", "CO", city, *coordinates, "MEAS", injury))
        refresh(mart, "airport_matches", "accident_positions", "accident_clusters")
        results.append(rows(mart, query))
    assert results[0] == results[1]
    assert results[0] == [
        # The mean latitude is exactly 39.0275.
        (1, "CHAIN 0", "CO", 12, 3, 12, 3.1, 39.028),
        (2, "POINT", "CO", 10, 0, 9, 0.0, 40.5),
    ]
