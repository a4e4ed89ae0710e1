"""The feature table has one row per event, whatever its number of aircraft, engines, crew members and injuries."""

from feature_views import feature_database, features, prepared_features
from psycopg2.extensions import connection as Connection
from tables import load

from pipeline.warehouse.features import feature_files

__all__ = ["feature_database", "prepared_features"]

EVENTS = """
    | ev_id | ev_date    | ev_type | ev_country | ev_highest_injury | ev_state |
    | e1    | 2020-01-31 | ACC     | USA        | FATL              | AK       |
    | e2    | 2021-07-01 | INC     | CA         |                   |          |
"""


def test_every_feature_query_declares_its_inputs_and_grain() -> None:
    for path in feature_files():
        first, second, *_ = path.read_text().splitlines()
        assert first.startswith("-- needs: ")
        assert second.startswith("-- grain: one row per ev_id")


def test_several_aircraft_crew_engines_and_injuries_give_one_row(feature_database: Connection) -> None:
    load(feature_database, "events", EVENTS)
    load(
        feature_database,
        "aircraft",
        """
        | ev_id | aircraft_key | acft_make | num_eng |
        | e1    | 3            | PIPER     | 2       |
        | e1    | 2            | Cessna    | 1       |
        | e2    | 1            | BELL      | 18      |
        """,
    )
    load(
        feature_database,
        "engines",
        """
        | ev_id | aircraft_key | eng_no | eng_type |
        | e1    | 2            | 2      | TF       |
        | e1    | 2            | 1      | REC      |
        | e1    | 3            | 1      | TP       |
        """,
    )
    load(
        feature_database,
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
        feature_database,
        "injury",
        """
        | ev_id | aircraft_key | inj_person_category | injury_level | inj_person_count |
        | e1    | 2            | Flig                | FATL         | 1                |
        | e1    | 2            | Pass                | FATL         | 2                |
        | e1    | 3            | Flig                | NONE         | 1                |
        """,
    )
    columns = ("make", "aircraft_count", "num_eng", "eng_type", "crew_age_y", "med_certf", "has_injury_record")
    assert features(feature_database, *columns) == [
        ("e1", "CESSNA", 2, 1, "REC", 50, "CL3", True),
        ("e2", "BELL", 1, None, None, None, None, False),
    ]


def test_population_columns_describe_the_event(feature_database: Connection) -> None:
    load(feature_database, "events", EVENTS)
    assert features(feature_database, "severity", "is_us", "is_accident", "ev_year", "region", "make", "phase") == [
        ("e1", "FATL", True, True, 2020, "alaska", None, None),
        ("e2", None, False, False, 2021, None, None, None),
    ]


def test_hours_on_kinds_of_aircraft_are_ignored(feature_database: Connection) -> None:
    load(feature_database, "events", EVENTS)
    load(feature_database, "aircraft", "| ev_id | aircraft_key |\n| e1 | 1 |")
    load(feature_database, "flight_crew", "| ev_id | aircraft_key | crew_no |\n| e1 | 1 | 1 |")
    load(
        feature_database,
        "flight_time",
        """
        | ev_id | aircraft_key | crew_no | flight_type | flight_craft | flight_hours |
        | e1    | 1            | 1       | TOTL        | ALL          | 1200         |
        | e1    | 1            | 1       | TOTL        | SENG         | 900          |
        | e1    | 1            | 1       | L90D        | ALL          | 0            |
        | e1    | 1            | 1       | L90D        | MAKE         | 12           |
        """,
    )
    assert features(feature_database, "total_hours", "last_90_days_hours")[0] == ("e1", 1200, None)


def test_make_and_model_have_standard_names_or_stay_as_written(
    feature_database: Connection,
) -> None:
    load(feature_database, "events", "| ev_id |\n| e1 |\n| e2 |\n| e3 |\n| e4 |")
    load(
        feature_database,
        "aircraft",
        """
        | ev_id | aircraft_key | acft_make    | acft_model |
        | e1    | 1            | Beechcraft   | a 36       |
        | e2    | 1            | Nobody's Co. | x-1        |
        | e3    | 1            | CESSNA       |            |
        | e4    | 1            |              | 172        |
        """,
    )
    assert features(feature_database, "make", "model") == [
        ("e1", "BEECH", "BEECH A36"),
        ("e2", "NOBODY S CO", "NOBODY S CO X1"),
        ("e3", "CESSNA", None),
        ("e4", None, None),
    ]


def test_operation_and_runway_come_from_the_first_aircraft(feature_database: Connection) -> None:
    load(feature_database, "events", "| ev_id |\n| e1 |\n| e2 |\n| e3 |")
    load(
        feature_database,
        "aircraft",
        """
        | ev_id | aircraft_key | site_seeing | air_medical | rwy_len | rwy_width |
        | e1    | 1            | Y           | N           | 4500    | 75        |
        | e1    | 2            | N           | Y           | 9000    | 150       |
        | e2    | 1            |             |             | 0       | 0         |
        | e3    | 1            | N           | Y           | 99999   | 9999      |
        """,
    )
    assert features(feature_database, "is_sightseeing", "is_medical", "rwy_len_ft", "rwy_width_ft") == [
        ("e1", True, False, 4500, 75),
        ("e2", None, None, None, None),
        ("e3", False, True, None, None),
    ]


def test_certificate_is_the_highest_of_the_first_crew_member_and_ignores_ratings(feature_database: Connection) -> None:
    load(feature_database, "events", "| ev_id |\n| e1 |\n| e2 |\n| e3 |")
    load(feature_database, "aircraft", "| ev_id | aircraft_key |\n| e1 | 1 |\n| e2 | 1 |\n| e3 | 1 |")
    load(
        feature_database,
        "flight_crew",
        """
        | ev_id | aircraft_key | crew_no |
        | e1    | 1            | 1       |
        | e1    | 1            | 2       |
        | e2    | 1            | 1       |
        | e3    | 1            | 1       |
        """,
    )
    load(
        feature_database,
        "dt_flight_crew",
        """
        | ev_id | aircraft_key | crew_no | col_name         | code |
        | e1    | 1            | 1       | crew_cert_code   | PRI  |
        | e1    | 1            | 1       | crew_cert_code   | CFI  |
        | e1    | 1            | 1       | crew_cert_code   | comm |
        | e1    | 1            | 2       | crew_cert_code   | ATP  |
        | e2    | 1            | 1       | crew_rat_airpln  | SEL  |
        | e2    | 1            | 1       | crew_cert_code   | UNK  |
        | e3    | 1            | 1       | crew_cert_code   | MIL  |
        """,
    )
    assert features(feature_database, "certificate") == [("e1", "COMM"), ("e2", None), ("e3", "MIL")]
