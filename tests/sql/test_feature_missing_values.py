"""Feature values: values that mean "not recorded" are null, and both code lists of the phase share one vocabulary."""

import pytest
from feature_views import feature_database, features, prepared_features
from psycopg2.extensions import connection as Connection
from tables import load

__all__ = ["feature_database", "prepared_features"]


def test_values_that_mean_not_recorded_are_null(feature_database: Connection) -> None:
    load(
        feature_database,
        "events",
        """
        | ev_id | ev_date    | vis_sm | wx_temp | wx_dew_pt | altimeter | wind_vel_kts | wind_vel_ind | apt_dist |
        | e1    | 2020-01-31 | 0      | 0       | 0         | 0         | 0            |              | 0        |
        | e2    | 2020-01-31 | 10     | 0       | -5        | 30.1      | 0            | CALM         | 3        |
        | e3    | 2020-01-31 | 200    | 149     |           |           | 255          |              | 9000     |
        | e4    | 2020-01-31 | 10     | 0       | 0         | 30.1      |              |              |          |
        | e5    | 2020-07-31 | 10     | 86      | 50        | 30.1      |              |              |          |
        """,
    )
    assert features(feature_database, "visibility_sm", "temperature_c", "wind_kts", "apt_dist_sm") == [
        ("e1", None, None, None, None),
        ("e2", 10, -17.8, 0, 3),
        ("e3", None, None, None, None),
        ("e4", 10, None, None, None),
        ("e5", 10, 30, None, None),
    ]


def test_no_ceiling_differs_from_a_missing_ceiling(feature_database: Connection) -> None:
    load(
        feature_database,
        "events",
        """
        | ev_id | sky_ceil_ht | sky_cond_ceil |
        | e1    | 0           | NONE          |
        | e2    | 0           |               |
        | e3    | 900         | OVC           |
        """,
    )
    assert features(feature_database, "ceiling_ft") == [("e1", 60000), ("e2", None), ("e3", 900)]


def test_the_placeholder_inspection_date_is_null(feature_database: Connection) -> None:
    load(
        feature_database, "events", "| ev_id | ev_date |\n| e1 | 2001-01-02 |\n| e2 | 2001-01-02 |\n| e3 | 2001-01-02 |"
    )
    load(
        feature_database,
        "aircraft",
        """
        | ev_id | aircraft_key | date_last_insp | acft_year |
        | e1    | 1            | 2000-01-02     | 0         |
        | e2    | 1            | 2000-12-03     | 1999      |
        | e3    | 1            | 2001-06-01     | 2005      |
        """,
    )
    assert features(feature_database, "inspection_age_d", "aircraft_age_y") == [
        ("e1", None, None),
        ("e2", 30, 2),
        ("e3", None, None),
    ]


def test_hour_is_solar_time_if_the_zone_is_utc(feature_database: Connection) -> None:
    load(
        feature_database,
        "events",
        """
        | ev_id | ev_time  | ev_tmzn | dec_longitude |
        | e1    | 02:00:00 | UTC     | -120          |
        | e2    | 13:30:00 | EST     | -75           |
        | e3    | 13:30:00 |         | -75           |
        | e4    | 13:30:00 | UTC     |               |
        """,
    )
    assert features(feature_database, "hour") == [("e1", 18), ("e2", 13.5), ("e3", None), ("e4", None)]


def test_the_sun_needs_a_time_in_utc_and_a_position(feature_database: Connection) -> None:
    """At the equator, on the day of an equinox, the sun is in the zenith at noon and on the horizon at 6."""
    load(
        feature_database,
        "events",
        """
        | ev_id | ev_date    | ev_time  | ev_tmzn | dec_latitude | dec_longitude |
        | e1    | 2020-03-20 | 12:00:00 | UTC     | 0.1          | 0.1           |
        | e2    | 2020-03-20 | 12:00:00 | UTC     | 0.1          | -90           |
        | e3    | 2020-03-20 | 12:00:00 | UTC     | 0.1          | 179           |
        | e4    | 2020-03-20 | 12:00:00 | EST     | 40           | -75           |
        | e5    | 2020-03-20 |          | UTC     | 40           | -75           |
        | e6    | 2020-03-20 | 12:00:00 | UTC     | 0            | 0             |
        """,
    )
    assert features(feature_database, "airport_count")[-3:] == [("e4", 33), ("e5", 33), ("e6", None)]
    elevations = [value for _, value in features(feature_database, "sun_elevation_deg")]
    assert elevations[:3] == pytest.approx([90, 0, -90], abs=3)
    assert elevations[3:] == [None, None, None]
    # The table of airports is optional: without it, their number is not known.
    with feature_database.cursor() as cursor:
        cursor.execute("truncate airports")
    assert {count for _, count in features(feature_database, "airport_count")} == {None}


def test_month_and_weekday_are_those_of_the_local_date(feature_database: Connection) -> None:
    """The evening of Friday, 31 January in California is Saturday, 1 February in UTC."""
    load(
        feature_database,
        "events",
        """
        | ev_id | ev_date    | ev_time  | ev_tmzn | dec_longitude |
        | e1    | 2020-02-01 | 03:30:00 | UTC     | -120          |
        | e2    | 2020-02-01 | 18:00:00 | UTC     | -120          |
        | e3    | 2020-02-01 | 03:30:00 | PST     | -120          |
        | e4    | 2020-02-01 | 03:30:00 | UTC     |               |
        | e5    | 2020-02-01 |          | UTC     | -120          |
        | e6    | 2020-01-31 | 18:00:00 | UTC     | 145           |
        | e7    |            | 18:00:00 | UTC     | 145           |
        """,
    )
    assert features(feature_database, "month", "weekday") == [
        ("e1", 1, 5),
        ("e2", 2, 6),
        ("e3", 2, 6),
        ("e4", 2, 6),
        ("e5", 2, 6),
        ("e6", 2, 6),
        ("e7", None, None),
    ]


def test_an_unknown_phase_is_a_judgment_and_not_a_missing_value(feature_database: Connection) -> None:
    """Codes 990 and, before 2008, 610: three of four of these accidents are fatal, because no occupant survived."""
    load(feature_database, "events", "\n".join(["| ev_id |", *(f"| e{n} |" for n in range(1, 6))]))
    load(feature_database, "aircraft", "\n".join(["| ev_id | aircraft_key |", *(f"| e{n} | 1 |" for n in range(1, 6))]))
    load(
        feature_database,
        "events_sequence",
        """
        | ev_id | aircraft_key | occurrence_no | phase_no | defining_ev |
        | e1    | 1            | 1             | 990      | t           |
        | e3    | 1            | 1             | 800      | t           |
        | e5    | 1            | 1             | 400      | t           |
        """,
    )
    load(
        feature_database,
        "occurrences",
        """
        | ev_id | aircraft_key | occurrence_no | phase_of_flight |
        | e2    | 1            | 1             | 610             |
        | e3    | 1            | 1             | 600             |
        """,
    )
    assert features(feature_database, "phase") == [
        ("e1", "undetermined"),
        ("e2", "undetermined"),
        ("e3", None),
        ("e4", None),
        ("e5", "cruise"),
    ]


def test_events_whose_severity_differs_from_the_injured_are_marked(feature_database: Connection) -> None:
    load(
        feature_database,
        "events",
        """
        | ev_id | ev_highest_injury | inj_tot_f | inj_tot_s | inj_tot_m | inj_f_grnd |
        | e1    | FATL              | 1         | 0         | 0         | 0          |
        | e2    | MINR              | 1         | 0         | 0         | 0          |
        | e3    | FATL              | 0         | 0         | 0         | 1          |
        | e4    | NONE              | 0         | 0         | 2         | 0          |
        | e5    | NONE              |           |           |           |            |
        | e6    | UNKN              | 1         |           |           |            |
        """,
    )
    marked = features(feature_database, "has_label_disagreement")
    assert [event for event, is_marked in marked if is_marked] == ["e2", "e4"]


def test_phase_has_one_vocabulary_for_both_code_lists(feature_database: Connection) -> None:
    load(feature_database, "events", "| ev_id |\n| e1 |\n| e2 |\n| e3 |")
    load(feature_database, "aircraft", "| ev_id | aircraft_key |\n| e1 | 1 |\n| e2 | 1 |\n| e3 | 1 |")
    load(
        feature_database,
        "events_sequence",
        """
        | ev_id | aircraft_key | occurrence_no | phase_no | defining_ev |
        | e1    | 1            | 1             | 400      | f           |
        | e1    | 1            | 2             | 552      | t           |
        | e3    | 1            | 1             | 650      | f           |
        | e3    | 1            | 2             | 700      | f           |
        """,
    )
    load(
        feature_database,
        "occurrences",
        """
        | ev_id | aircraft_key | occurrence_no | phase_of_flight |
        | e2    | 1            | 2             | 570             |
        | e2    | 1            | 1             | 553             |
        """,
    )
    assert features(feature_database, "phase") == [("e1", "landing"), ("e2", "descent"), ("e3", "descent")]
