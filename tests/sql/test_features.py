"""The feature table: one row per event whatever hangs below it, and values that stand for blanks are blanks."""

from pathlib import Path
from typing import Any

import pytest
from psycopg2.extensions import connection as Connection
from tables import load, rows

FOLDER = Path(__file__).parents[2] / "pipeline" / "sql" / "features"
# A relation before those that read it.
ORDER = ("feature_conditions", "feature_aircraft", "feature_crew", "feature_phase", "event_features")


@pytest.fixture
def built(database: Connection) -> Connection:
    """The feature relations as views over the empty contract."""
    with database.cursor() as cursor:
        for name in ORDER:
            cursor.execute(f"create view {name} as {(FOLDER / f'{name}.sql').read_text()}")
    return database


def features(database: Connection, *columns: str) -> list[tuple[Any, ...]]:
    return rows(database, f"select ev_id, {', '.join(columns)} from event_features order by ev_id")


EVENTS = """
    | ev_id | ev_date    | ev_type | ev_country | ev_highest_injury | ev_state |
    | e1    | 2020-01-31 | ACC     | USA        | FATL              | AK       |
    | e2    | 2021-07-01 | INC     | CA         |                   |          |
"""


def test_every_relation_says_what_it_needs_and_its_grain() -> None:
    assert {path.stem for path in FOLDER.glob("*.sql")} == set(ORDER)
    for name in ORDER:
        first, second, *_ = (FOLDER / f"{name}.sql").read_text().splitlines()
        assert first.startswith("-- needs: ")
        assert second.startswith("-- grain: one row per ev_id")


def test_many_aircraft_crew_engines_and_injuries_stay_one_row(built: Connection) -> None:
    load(built, "events", EVENTS)
    load(
        built,
        "aircraft",
        """
        | ev_id | aircraft_key | acft_make | num_eng |
        | e1    | 3            | PIPER     | 2       |
        | e1    | 2            | Cessna    | 1       |
        | e2    | 1            | BELL      | 18      |
        """,
    )
    load(
        built,
        "engines",
        """
        | ev_id | aircraft_key | eng_no | eng_type |
        | e1    | 2            | 2      | TF       |
        | e1    | 2            | 1      | REC      |
        | e1    | 3            | 1      | TP       |
        """,
    )
    load(
        built,
        "flight_crew",
        """
        | ev_id | aircraft_key | crew_no | crew_age | med_certf |
        | e1    | 2            | 2       | 30       | CL1       |
        | e1    | 2            | 1       | 50       | CL3       |
        | e1    | 3            | 1       | 60       | CL2       |
        | e2    | 1            | 1       | 0        |           |
        """,
    )
    load(
        built,
        "injury",
        """
        | ev_id | aircraft_key | inj_person_category | injury_level | inj_person_count |
        | e1    | 2            | Flig                | FATL         | 1                |
        | e1    | 2            | Pass                | FATL         | 2                |
        | e1    | 3            | Flig                | NONE         | 1                |
        """,
    )
    wanted = ("make", "aircraft_count", "num_eng", "eng_type", "crew_age_y", "med_certf", "has_injury_record")
    assert features(built, *wanted) == [
        ("e1", "CESSNA", 2, 1, "REC", 50, "CL3", True),
        ("e2", "BELL", 1, None, None, None, None, False),
    ]


def test_population_columns(built: Connection) -> None:
    load(built, "events", EVENTS)
    assert features(built, "severity", "is_us", "is_accident", "ev_year", "region", "make", "phase") == [
        ("e1", "FATL", True, True, 2020, "alaska", None, None),
        ("e2", None, False, False, 2021, None, None, None),
    ]


def test_hours_are_those_of_all_craft_only(built: Connection) -> None:
    load(built, "events", EVENTS)
    load(built, "aircraft", "| ev_id | aircraft_key |\n| e1 | 1 |")
    load(built, "flight_crew", "| ev_id | aircraft_key | crew_no |\n| e1 | 1 | 1 |")
    load(
        built,
        "flight_time",
        """
        | ev_id | aircraft_key | crew_no | flight_type | flight_craft | flight_hours |
        | e1    | 1            | 1       | TOTL        | ALL          | 1200         |
        | e1    | 1            | 1       | TOTL        | SENG         | 900          |
        | e1    | 1            | 1       | L90D        | ALL          | 0            |
        | e1    | 1            | 1       | L90D        | MAKE         | 12           |
        """,
    )
    assert features(built, "total_hours", "last_90_days_hours")[0] == ("e1", 1200, None)


def test_values_that_stand_for_blanks_are_blank(built: Connection) -> None:
    load(
        built,
        "events",
        """
        | ev_id | ev_date    | vis_sm | wx_temp | wx_dew_pt | altimeter | wind_vel_kts | wind_vel_ind | apt_dist |
        | e1    | 2020-01-31 | 0      | 0       | 0         | 0         | 0            |              | 0        |
        | e2    | 2020-01-31 | 10     | 0       | -5        | 30.1      | 0            | CALM         | 3        |
        | e3    | 2020-01-31 | 200    | 149     |           |           | 255          |              | 9000     |
        """,
    )
    assert features(built, "visibility_sm", "temperature_c", "wind_kts", "apt_dist_nm") == [
        ("e1", None, None, None, None),
        ("e2", 10, 0, 0, 3),
        ("e3", None, None, None, None),
    ]


def test_no_ceiling_and_no_word_of_it_are_two_things(built: Connection) -> None:
    load(
        built,
        "events",
        """
        | ev_id | sky_ceil_ht | sky_cond_ceil |
        | e1    | 0           | NONE          |
        | e2    | 0           |               |
        | e3    | 900         | OVC           |
        """,
    )
    assert features(built, "ceiling_ft") == [("e1", 60000), ("e2", None), ("e3", 900)]


def test_the_default_inspection_date_is_no_inspection(built: Connection) -> None:
    load(built, "events", "| ev_id | ev_date |\n| e1 | 2001-01-02 |\n| e2 | 2001-01-02 |\n| e3 | 2001-01-02 |")
    load(
        built,
        "aircraft",
        """
        | ev_id | aircraft_key | date_last_insp | acft_year |
        | e1    | 1            | 2000-01-02     | 0         |
        | e2    | 1            | 2000-12-03     | 1999      |
        | e3    | 1            | 2001-06-01     | 2005      |
        """,
    )
    assert features(built, "inspection_age_d", "aircraft_age_y") == [
        ("e1", None, None),
        ("e2", 30, 2),
        ("e3", None, None),
    ]


def test_hour_is_by_the_sun_where_the_clock_is_utc(built: Connection) -> None:
    load(
        built,
        "events",
        """
        | ev_id | ev_time  | ev_tmzn | dec_longitude |
        | e1    | 02:00:00 | UTC     | -120          |
        | e2    | 13:30:00 | EST     | -75           |
        | e3    | 13:30:00 |         | -75           |
        | e4    | 13:30:00 | UTC     |               |
        """,
    )
    assert features(built, "hour") == [("e1", 18), ("e2", 13.5), ("e3", None), ("e4", None)]


def test_phase_has_one_vocabulary_for_both_codings(built: Connection) -> None:
    load(built, "events", "| ev_id |\n| e1 |\n| e2 |\n| e3 |")
    load(built, "aircraft", "| ev_id | aircraft_key |\n| e1 | 1 |\n| e2 | 1 |\n| e3 | 1 |")
    load(
        built,
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
        built,
        "occurrences",
        """
        | ev_id | aircraft_key | occurrence_no | phase_of_flight |
        | e2    | 1            | 2             | 570             |
        | e2    | 1            | 1             | 553             |
        """,
    )
    assert features(built, "phase") == [("e1", "landing"), ("e2", "descent"), ("e3", "descent")]
