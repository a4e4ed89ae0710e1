"""The nearest weather report of an event, within the stated limits, and its agreement with NTSB's values."""

from collections.abc import Iterator
from typing import Any

import pytest
from empty_mart import prepared as prepared
from psycopg2.extensions import connection as Connection
from tables import load, rows

from pipeline.warehouse import weather_file

# A degree of latitude is 111.2 km. Station NEAR is 11.1 km north of 40 N 100 W, FAR 33.4 km, OUT 55.6 km.
REPORTS = """
    | list | line | station | valid            | lat  | lon    | tmpf | dwpf | drct | sknt | vsby  | skyc1 | skyl1 |
    | r    | 2    | NEAR    | 2010-06-01 16:30 | 40.1 | -100.0 | 60   | 50   | 350  | 10   | 10.00 | BKN   | 4000  |
    | r    | 3    | NEAR    | 2010-06-01 18:20 | 40.1 | -100.0 | 61   | 51   | 350  | 10   | 10.00 | BKN   | 4000  |
    | r    | 4    | NEAR    | 2010-06-01 18:50 | 40.1 | -100.0 | 62   | 52   | 10   | 12   | 10.00 | BKN   | 5000  |
    | r    | 5    | FAR     | 2010-06-01 18:01 | 40.3 | -100.0 | 63   | 53   | 180  | 20   | 2.00  | OVC   | 500   |
    | r    | 6    | FAR     | 2010-06-02 17:00 | 40.3 | -100.0 | 64   | 54   | 180  | 20   | 2.00  | OVC   | 900   |
    | r    | 7    | OUT     | 2010-06-01 18:00 | 40.5 | -100.0 | 65   | 55   | 180  | 20   | 10.00 | CLR   |       |
    | r    | 8    | DATE    | 2010-06-01 18:00 | 52.0 | 179.9  | 40   |      | 0    | 0    | 10.00 | CLR   |       |
"""
# All at 40 N 100 W, but the last one, which is 13.7 km from the station DATE, across the 180th meridian.
EVENTS = """
    | ev_id   | ev_date    | ev_time  | ev_tmzn | era     |
    | nearest | 2010-06-01 | 18:00:00 | UTC     | avall   |
    | later   | 2010-06-02 | 18:00:00 | UTC     | avall   |
    | none    | 2010-06-02 | 18:01:00 | UTC     | avall   |
    | untimed | 2010-06-01 |          | UTC     | avall   |
    | date    | 2010-06-01 | 18:00:00 | UTC     | avall   |
"""
VALUES = """
    update events set altimeter = 29.92, wx_temp = 66, wx_dew_pt = 60, wind_vel_kts = 8, wind_dir_deg = 20, vis_sm = 15,
        sky_cond_ceil = 'BKN', sky_ceil_ht = 3500, wx_cond_basic = 'VMC', wx_obs_fac_id = 'KFAR'
    where ev_id in ('nearest', 'later')
"""
AGREEMENTS = ["station", "temp", "dew_pt", "wind_speed", "wind_dir", "visibility", "ceiling", "condition"]


@pytest.fixture
def mart(prepared: Connection) -> Iterator[Connection]:
    """The events and reports above, in a transaction that is rolled back."""
    with prepared.cursor() as cursor:
        cursor.execute("begin")
        load(prepared, "events", EVENTS)
        load(prepared, "weather_reports", REPORTS)
        cursor.execute("update events set dec_latitude = 40, dec_longitude = -100 where ev_id <> 'date'")
        cursor.execute("update events set dec_latitude = 52, dec_longitude = -179.9 where ev_id = 'date'")
        cursor.execute(VALUES)
        refresh(prepared)
        yield prepared
        cursor.execute("rollback")


def refresh(connection: Connection) -> None:
    with connection.cursor() as cursor:
        cursor.execute("refresh materialized view clean_airports; refresh materialized view airport_matches")
        cursor.execute("refresh materialized view weather_matches")


def agreements(connection: Connection, event: str) -> dict[str, Any]:
    columns = ", ".join(f"{name}_agrees" for name in AGREEMENTS)
    (values,) = rows(connection, f"select {columns} from weather_matches where ev_id = %s", event)
    return dict(zip(AGREEMENTS, values, strict=True))


def test_the_report_is_the_nearest_in_time_of_the_nearest_station_within_the_limits(mart: Connection) -> None:
    query = "select ev_id, station, distance_km, minutes, report_time::text from weather_matches"
    assert {event: values for event, *values in rows(mart, query)} == {
        "nearest": ["NEAR", pytest.approx(11.1, abs=0.1), 20, "2010-06-01 18:20:00"],
        "later": ["FAR", pytest.approx(33.4, abs=0.1), -60, "2010-06-02 17:00:00"],
        "none": [None, None, None, None],
        "date": ["DATE", pytest.approx(13.7, abs=0.1), 0, "2010-06-01 18:00:00"],
    }


def test_a_station_whose_position_is_written_in_two_ways_gives_its_report_nearest_in_time(mart: Connection) -> None:
    lines = [("a", 1, "2010-06-01 18:19", "40.10"), ("b", 1, "2010-06-01 18:19", "40.100")]
    with mart.cursor() as cursor:
        columns = "list, line, valid, lat, station, lon"
        values = "values (%s, %s, %s, %s, 'NEAR', '-100.0')"
        cursor.executemany(f"insert into weather_reports ({columns}) {values}", lines)
    refresh(mart)
    query = "select station, minutes from weather_matches where ev_id = 'nearest'"
    assert rows(mart, query) == [("NEAR", 19)]


def test_values_are_compared_with_those_of_ntsb(mart: Connection) -> None:
    """A dew point of 60 and of 51 differ by 9; wind of 350 and 20 degrees by 30; visibility above 10 miles is 10."""
    assert agreements(mart, "nearest") == {
        **{"station": False, "temp": True, "dew_pt": False, "wind_speed": True, "wind_dir": True},
        **{"visibility": True, "ceiling": True, "condition": True},
    }
    assert agreements(mart, "later") == {
        **{"station": True, "temp": True, "dew_pt": False, "wind_speed": False, "wind_dir": False},
        **{"visibility": False, "ceiling": False, "condition": False},
    }
    assert set(agreements(mart, "none").values()) == set(agreements(mart, "date").values()) == {None}


def test_values_of_ntsb_that_are_no_measurement_are_not_compared_and_none_is_filled_in(mart: Connection) -> None:
    columns = "wx_temp, wx_dew_pt, wind_vel_kts, vis_sm, sky_ceil_ht"
    with mart.cursor() as cursor:
        cursor.execute(f"update events set ({columns}, altimeter, sky_cond_ceil) = (0, 0, 0, 0, 0, 0, 'BKN')")
    refresh(mart)
    agree = agreements(mart, "nearest")
    assert [agree[name] for name in ("temp", "dew_pt", "wind_speed", "visibility", "ceiling")] == [None] * 5
    assert rows(mart, f"select distinct {columns} from events") == [(0, 0, 0, 0.0, 0)]


def test_a_sky_without_a_ceiling_agrees_with_none(mart: Connection) -> None:
    with mart.cursor() as cursor:
        cursor.execute("update events set sky_cond_ceil = 'NONE', sky_ceil_ht = 0")
    refresh(mart)
    assert agreements(mart, "date")["ceiling"] is True and agreements(mart, "nearest")["ceiling"] is False


@pytest.mark.parametrize(
    ("covers", "heights", "ceiling", "has_ceiling"),
    [
        (["SCT", "BKN", "OVC", None], ["900", "2000", "3000", None], 2000, True),
        (["VV"], ["200"], 200, True),
        (["FEW", "SCT"], ["900", "2000"], None, False),
        (["CLR"], [None], None, False),
        (["BKN", "OVC"], [None, "3000"], None, None),
        ([None, None], [None, None], None, None),
    ],
)
def test_the_ceiling_is_the_lowest_broken_or_overcast_layer(
    mart: Connection, covers: list[str], heights: list[str], ceiling: float | None, has_ceiling: bool | None
) -> None:
    query = "select * from mart.report_sky(%s::text[], %s::text[])"
    assert rows(mart, query, covers, heights) == [(ceiling, has_ceiling)]


def test_the_condition_of_a_report_is_imc_below_a_thousand_feet_or_three_miles(mart: Connection) -> None:
    query = "select report_condition from weather_matches where ev_id = 'nearest'"
    for ceiling, visibility, condition in (("900", "10", "IMC"), ("1000", "3", "VMC"), ("4000", "2.9", "IMC")):
        with mart.cursor() as cursor:
            cursor.execute("update weather_reports set (skyl1, vsby) = (%s, %s)", (ceiling, visibility))
        refresh(mart)
        assert rows(mart, query) == [(condition,)]
    with mart.cursor() as cursor:
        cursor.execute("update weather_reports set (skyl1, vsby) = (null, '10')")
    refresh(mart)
    assert rows(mart, query) == [(None,)]


def test_coverage_counts_reports_and_agreements(mart: Connection) -> None:
    query = "select measure, events, of_events from weather_coverage"
    counts = {measure: (events, total) for measure, events, total in rows(mart, query)}
    assert counts["report found"] == (3, 4) and counts["report within 10 km and 30 minutes"] == (0, 4)
    assert counts["temperature agrees"] == (2, 2) and counts["station agrees"] == (1, 2)


def test_without_reports_there_are_no_rows(mart: Connection) -> None:
    with mart.cursor() as cursor:
        cursor.execute("truncate weather_reports")
    refresh(mart)
    assert rows(mart, "select * from weather_matches") == rows(mart, "select * from weather_coverage") == []


def test_the_columns_of_the_reports_are_those_that_their_reader_yields(mart: Connection) -> None:
    query = (
        "select attname from pg_attribute where attrelid = 'weather_reports'::regclass and attnum > 0 order by attnum"
    )
    assert rows(mart, query) == [(name,) for name in ("list", "line", *weather_file.COLUMNS)]
