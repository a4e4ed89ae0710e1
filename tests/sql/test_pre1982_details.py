"""1962-1981: derived pilots, engines, weather, operators, occurrences and causes, with their source codes."""

from typing import Any

import pytest
from pre1982_rows import derive, records
from psycopg2.extensions import connection as Connection
from tables import load, rows

DAY = "1970-01-02"
CODES = """
| name           | code | meang                              |
| TYPE_POWER     | A    | reciprocating (inferred)           |
| TYPE_POWER     | C    | turboprop/turboshaft               |
| TYPE_OPERATOR  | A    | Flying School                      |
| TYPE_OPERATOR  | G    | Federal-Public Aircraft            |
| TYPE_OPERATOR  | N    | Intrastate Carrier                 |
| NAME_COMM_CARR | XN   | EXAMPLE NATIONAL                   |
| OPERATION_TYPE | A    | Scheduled domestic passenger       |
| OPERATION_TYPE | B    | Non-scheduled                      |
| KIND_FLY_GENA  | B3   | non-commercial: corporate/executive|
| KIND_FLY_GENA  | CD   | commercial (fire control?)         |
| LANDING_GEAR   | B    | Tricycle-retractable               |
| FLIGHT_PLAN    | A    | no flight plan / VFR               |
| FLIGHT_PLAN    | C    | IFR (all airlines)                 |
| SKY_CONDITION  | A    | Clear                              |
| SKY_CONDITION  | D    | Overcast                           |
| MEDICAL_CERT   | B    | Second class                       |
| CERTIFICATE    | D    | Commercial, flight instructor      |
| RATING         | A    | Single-engine land                 |
| ACCIDENT_TYPE  | Q1   | Engine failure                     |
| OPERATION_PHASE| D1   | Cruise                             |
| CAUSE_FACTOR   | 64   | Pilot in command                   |
| CAUSE_FACTOR   | 6417 | Misjudged distance                 |
| ENGIN_MAKE     | 12   | Lycoming                           |
"""


def second_half(database: Connection, header: str, *lines: tuple[Any, ...]) -> None:
    """Loads rows of tblSecondHalf."""
    load(database, "tblsecondhalf", records(f"recnum {header}", *lines))


def first_half(database: Connection, header: str, *lines: tuple[Any, ...]) -> None:
    load(database, "tblfirsthalf", records(f"recnum date_occurrence {header}", *lines))


@pytest.mark.parametrize(
    ("text", "hours"),
    [("11508A", 11508), ("004355", 435), ("110000", 11000), ("00000A", 0), ("ZA", None), ("-0012A", None), ("Z", None)],
)
def test_hours_are_parsed_by_position(database: Connection, text: str, hours: int | None) -> None:
    head = "pilot_involed1 hours_total_pilot1 pilot_involed2 hours_in_type_pilot2"
    first_half(database, head, (1, DAY, "A", text, "C", text), (2, DAY, "0", text, "''", text))
    derive(database, "")
    expected = [] if hours is None else [(1, "TOTL", "ALL", hours), (2, "TOTL", "MAKE", hours)]
    query = "select crew_no, flight_type, flight_craft, flight_hours from flight_time order by 1"
    assert rows(database, query) == expected


def test_flight_times_of_the_second_half_belong_to_the_first_pilot(database: Connection) -> None:
    first_half(database, "pilot_involed1 pilot_involed2", (1, DAY, "A", "B"), (2, DAY, "0", "''"))
    head = "night_time_total instrmt_time_act pilot_time_24h pilot_time_30d pilot_time_90d"
    second_half(database, head, (1, "00120", "00030", "00000", "Z", "00045"), (2, "00120", "''", None, None, None))
    derive(database, "")
    query = "select crew_no, flight_type, flight_craft, flight_hours from flight_time order by 2, 3"
    assert rows(database, query) == [
        (1, "L24H", "ALL", 0),
        (1, "L90D", "ALL", 45),
        (1, "TOTL", "ACTU", 30),
        (1, "TOTL", "NGHT", 120),
    ]


def test_certificates_follow_the_code_list_of_the_file(database: Connection) -> None:
    head = "pilot_involed1 certificate_pilot1 rating_1 medical_cert_pilot1 pilot_involed2 certificate_pilot2"
    first_half(database, head, (1, DAY, "A", "DA", "A3", "BA", "B", "D"), (2, DAY, "A", "QA", "ZA", "ZA", "''", "''"))
    derive(database, "", CODES)
    query = "select source_row, crew_no, col_name, code from dt_flight_crew order by 1, 2, 3, 4"
    assert rows(database, query) == [
        (1, 1, "crew_cert_code", "CFI"),
        (1, 1, "crew_cert_code", "COMM"),
        (1, 1, "crew_rat_airpln", "SEL"),
    ]
    assert rows(database, "select source_row, crew_no, med_certf from flight_crew order by 1, 2") == [
        (1, 1, "CL2"),
        (1, 2, None),
        (2, 1, None),
    ]


def test_engines_have_one_row_per_reported_engine(database: Connection) -> None:
    head = "no_engines type_power engin_make"
    first_half(database, head, (1, DAY, "2", "A", "12"), (2, DAY, "1", "C", "99"), (3, DAY, "Z", "A", "12"))
    second_half(database, "engn2_tso", (1, "00512"))
    derive(database, "", CODES)
    query = "select source_row, eng_no, eng_type, eng_mfgr, eng_time_overhaul from engines order by 1, 2"
    assert rows(database, query) == [
        (1, 1, "REC", "LYCOMING", None),
        (1, 2, "REC", "LYCOMING", 512),
        (2, 1, None, None, None),
    ]
    assert rows(database, "select num_eng from aircraft order by source_row") == [(2,), (1,), (None,)]


def test_airlines_have_a_carrier_instead_of_an_operator_type(database: Connection) -> None:
    head = "type_operator name_comm_carr operation_type kind_fly_gena landing_gear flight_plan"
    lines = [
        (1, DAY, "''", "XN", "A", "''", "B", "C"),
        (2, DAY, "G", "''", "''", "B3", "Z", "A"),
        (3, DAY, "A", "''", "B", "CD", "", "Z"),
        (4, DAY, "N", "XN", "A", "", "", ""),
    ]
    first_half(database, head, *lines)
    derive(database, "", CODES)
    query = """
        select oper_code, oper_name, oper_sched, far_part, type_fly, fixed_retractable, flt_plan_filed
        from aircraft order by source_row
    """
    assert rows(database, query) == [
        ("XN", "EXAMPLE NATIONAL", "SCHD", None, None, "RETR", "IFR"),
        (None, None, None, "PUBF", "EXEC", None, "NONE"),
        (None, None, "NSCH", None, None, None, None),
        (None, "EXAMPLE NATIONAL", "SCHD", None, None, None, None),
    ]


def test_weather_is_in_modern_units_and_unknown_is_null(database: Connection) -> None:
    first_half(database, "elev_airpt", (1, DAY, "00504"), (2, DAY, "Z"), (3, DAY, ""))
    head = "temperature_ wind_direction wind_velocity ceiling visibility sky_condition"
    second_half(database, head, (1, "054", "10", "012", "00300", "000", "D"), (2, "Z", "00", "Z", "99999", "Z", "A"))
    derive(database, "", CODES)
    query = """
        select apt_elev, wx_temp, wind_dir_deg, wind_vel_kts, sky_ceil_ht, sky_cond_ceil, sky_cond_nonceil, vis_sm
        from events order by source_row
    """
    assert rows(database, query) == [
        (504, 54, 100, 12, 300, "OVC", None, 0),
        (None, None, None, None, None, "NONE", "CLER", None),
        (None, None, None, None, None, None, None, None),
    ]


def test_occurrences_and_causes_keep_their_source_codes(database: Connection) -> None:
    first_half(database, "docket_no", (1, DAY, "1 0001"), (2, "", "1 0002"))
    occurrences = [(5, 1, 1, "Q1", "D1", "24900"), (6, 1, 2, "??", "''", "Z"), (7, 2, 1, "Q1", "D1", "")]
    columns = "id recnum occurrencenum occurrencecode phaseofflight altitude"
    load(database, "tbloccurrences", records(columns, *occurrences))
    causes = [(8, 1, 1, 1, "6417", "C"), (9, 1, 2, 1, "6417", "C"), (10, 1, 1, 2, "ZZZZ", "")]
    load(database, "tblseqofevents", records("id recnum occurrencenum cfnum cfcode corf", *causes))
    derive(database, "", CODES)
    query = """
        select ev_id, record_id, occurrence_no, occurrence_code, occurrence_meaning, phase_meaning, altitude_code,
            altitude_ft
        from pre1982_occurrences order by record_id
    """
    assert rows(database, query) == [
        ("PRE1982-000001", 5, 1, "Q1", "ENGINE FAILURE", "CRUISE", "24900", 24900),
        ("PRE1982-000001", 6, 2, "??", None, None, "Z", None),
        ("PRE1982-000002", 7, 1, "Q1", "ENGINE FAILURE", "CRUISE", None, None),
    ]
    query = """
        select record_id, occurrence_no, cause_no, cause_code, cause_meaning, cause_factor
        from pre1982_seq_of_events order by record_id
    """
    assert rows(database, query) == [
        (8, 1, 1, "6417", "MISJUDGED DISTANCE", "C"),
        (9, 2, 1, "6417", "MISJUDGED DISTANCE", "C"),
        (10, 1, 2, "ZZZZ", None, None),
    ]


@pytest.mark.parametrize(
    ("flag", "expected"),
    [
        ("A", ("cause", True, False)),
        ("K", ("factor", False, True)),
        ("3", ("related", True, True)),
        ("Q", (None, None, None)),
        ("''", (None, None, None)),
    ],
)
def test_the_flag_of_a_cause_gives_relation_and_occurrence(
    database: Connection, flag: str, expected: tuple[Any, ...]
) -> None:
    head = "cause_factor_2p cause_factor_2m cause_factor_2s cause_factor_10p cause_factor_10m cause_factor_10s"
    first_half(
        database, head, (1, DAY, "64", flag, "17", "82", flag, "A"), (2, DAY, "''", "''", "''", None, None, None)
    )
    derive(database, "", CODES)
    query = """
        select cause_no, cause_code, cause_meaning, group_meaning, relation, on_first_occurrence, on_second_occurrence
        from pre1982_causes order by 1
    """
    assert rows(database, query) == [
        (2, "6417", "MISJUDGED DISTANCE", "PILOT IN COMMAND", *expected),
        (10, "82A", None, None, *expected),
    ]
