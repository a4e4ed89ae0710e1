"""Views interpret misleading values of events: fill values, ambiguous codes, clocks and padded coordinates."""

import pytest
from empty_mart import mart as mart
from empty_mart import prepared as prepared
from psycopg2.extensions import connection as Connection
from tables import load, rows

EVENTS = """
    | ev_id   | ev_date    | ev_time | ev_tmzn | ev_country | ev_state | inj_tot_f | inj_f_grnd | era     |
    | utc     | 2020-01-01 | 22:30   | UTC     | USA        | CA       | 0         | 1          | avall   |
    | zero    | 2020-01-01 | 00:00   |         | USA        | PR       | 0         |            | avall   |
    | local   | 2019-01-01 | 08:25   | EST     | GE         | GE       | 2         | 0          | pre2008 |
    | garbage | 2019-01-01 |         | uCn     | USA        | PO       |           |            | avall   |
    | old     | 1965-01-01 | 14:30   |         | USA        | NY       | 3         |            | pre1982 |
"""
SET_SEVERITY = """
    update events set ev_highest_injury = case ev_id when 'zero' then 'NONE' when 'local' then 'UNK' else 'FATL' end
    where ev_id <> 'garbage'
"""


def test_deaths_include_persons_on_the_ground(mart: Connection) -> None:
    """Missing or 0 on the ground means none; missing on board means unknown."""
    load(mart, "events", EVENTS)
    with mart.cursor() as cursor:
        cursor.execute(SET_SEVERITY)
    assert rows(mart, "select ev_id, total_deaths from event_summary order by 1") == [
        ("garbage", None), ("local", 2), ("old", 3), ("utc", 1), ("zero", 0),
    ]  # fmt: skip


ZEROS = """
    | ev_id     | ev_date    | level | inj_tot_f | inj_tot_s | inj_tot_m | inj_tot_n | inj_f_grnd | inj_m_grnd |
    | unknown   | 2020-01-01 |       | 0         | 0         | 0         | 0         |            |            |
    | UNK       | 2020-01-01 | UNK   | 0         | 0         | 0         | 0         | 0          | 0          |
    | foo       | 2020-01-01 | FOO   | 0         | 0         | 0         |           |            |            |
    | fatal     | 2020-01-01 | FATL  | 0         | 0         | 0         | 2         |            |            |
    | serious   | 2020-01-01 | sers~ | 0         | 0         | 1         | 0         |            |            |
    | empty     | 2020-01-01 | NONE  | 0         | 0         | 0         | 0         |            |            |
    | uninjured | 2020-01-01 |       | 0         | 0         | 0         | 2         |            |            |
    | ground    | 2020-01-01 | UNK   | 0         | 0         | 0         | 0         |            | 1          |
    | killed    | 2020-01-01 |       | 1         | 0         | 0         | 0         |            |            |
"""


def test_zero_persons_are_unknown_where_the_severity_is_unknown_or_contradicts(mart: Connection) -> None:
    load(mart, "events", ZEROS.replace("level", "ev_highest_injury"))
    with mart.cursor() as cursor:
        cursor.execute("update events set ev_highest_injury = replace(ev_highest_injury, '~', ' ')")
    columns = "ev_id, total_deaths, total_seriously_injured"
    assert rows(mart, f"select {columns} from event_summary order by ev_id collate \"C\"") == [
        ("UNK", None, None), ("empty", 0, 0), ("fatal", None, 0), ("foo", None, None), ("ground", 0, 0),
        ("killed", 1, 0), ("serious", 0, None), ("uninjured", 0, 0), ("unknown", None, None),
    ]  # fmt: skip
    reasons = "select ev_id from event_missingness where deaths_reason = 'zero' order by ev_id collate \"C\""
    assert rows(mart, reasons) == [("UNK",), ("fatal",), ("foo",), ("unknown",)]
    with mart.cursor() as cursor:
        cursor.execute("refresh materialized view mv_yearly_stats")
    yearly = "select events, deaths, events_with_unknown_deaths, seriously_injured from mv_yearly_stats"
    assert rows(mart, yearly) == [(9, 1, 4, 0)]


def test_ev_clock_states_the_clock_of_the_event_time(mart: Connection) -> None:
    load(mart, "events", EVENTS)
    assert dict(rows(mart, "select ev_id, ev_clock from event_summary")) == {
        "utc": "UTC", "zero": "UNKNOWN", "local": "LOCAL", "garbage": "UNKNOWN", "old": "LOCAL",
    }  # fmt: skip


def test_midnight_is_doubtful_and_2400_is_not_a_time(mart: Connection) -> None:
    """Local times of 1962-1981 are padded: 0000 is midnight, and 2400 could be midnight of either day."""
    load(mart, "events", EVENTS)
    load(mart, "tblfirsthalf", "| recnum | time_occur | source_row |\n| 1 | 2400 | 5 |")
    assert dict(rows(mart, "select ev_id, ev_time_reason from event_missingness")) == {
        "utc": None, "zero": "zero", "local": None, "garbage": "missing",
        "old": "no such time: midnight of this day or the next",
    }  # fmt: skip
    assert rows(mart, "select convert.to_time('2400'), convert.to_time('0')::text, convert.to_time('44')::text") == [
        (None, "00:00:00", "00:44:00")
    ]


def test_place_kind_distinguishes_states_territories_water_and_countries(mart: Connection) -> None:
    """The country takes precedence: GE is Germany. A missing state abroad is not applicable."""
    load(mart, "events", EVENTS)
    load(mart, "events", "| ev_id | ev_country | ev_state |\n| abroad | CA | |\n| off | | OF |\n| lost | USA | |")
    load(mart, "states", "| state | name |\n| CA | CALIFORNIA |\n| NY | NEW YORK |")
    query = "select ev_id, place_kind, ev_state_reason from event_missingness order by 1"
    assert rows(mart, query) == [
        ("abroad", "FOREIGN", "not applicable"), ("garbage", "OPEN WATER", None), ("local", "FOREIGN", None),
        ("lost", None, "missing"), ("off", "FOREIGN", None), ("old", "STATE", None), ("utc", "STATE", None),
        ("zero", "TERRITORY", None),
    ]  # fmt: skip


def test_unknown_missing_and_zero_have_different_reasons(mart: Connection) -> None:
    load(mart, "events", EVENTS)
    with mart.cursor() as cursor:
        cursor.execute(SET_SEVERITY)
    query = "select ev_id, severity_reason, deaths_reason, coordinates_reason from event_missingness order by 1"
    ground = "nobody on the ground is written as missing"
    assert rows(mart, query) == [
        ("garbage", "missing", "missing", "missing"), ("local", "unknown", None, "missing"),
        ("old", None, None, "not applicable"), ("utc", None, None, "missing"), ("zero", None, ground, "missing"),
    ]  # fmt: skip


def test_zero_is_a_measurement_only_with_other_measurements(mart: Connection) -> None:
    """All zeros are no observation; 0 with a lower dew point is cold; 149 is unknown; calm has no direction."""
    load(
        mart,
        "events",
        """
        | ev_id    | wx_temp | wx_dew_pt | altimeter | vis_sm | wind_vel_kts | wind_dir_deg | gust_kts |
        | blank    | 0       | 0         | 0         | 0      | 0            | 0            | 0        |
        | cold     | 0       | -3        | 29.92     | 10     | 0            | 0            | 0        |
        | dry      | 39      | 0         | 29.92     | 10     | 5            | 90           |          |
        | filled   | 0       | 0         | 30.64     | 10     | 16           | 170          | 0        |
        | frozen   | -15     | 0         | 30        | 10     | 5            | 90           |          |
        | sentinel | 149     | 10        | 30.1      | 10     | 12           | 360          | 20       |
        | silent   |         |           |           |        |              |              |          |
        """,
    )
    columns = "ev_id, wx_temp, wx_temp_reason, wind_vel_kts, wind_vel_kts_reason, wind_dir_deg, wind_dir_deg_reason"
    assert rows(mart, f"select {columns} from weather_observations order by 1") == [
        ("blank", None, "zero", None, "zero", None, "zero"),
        ("cold", 0, None, 0, None, None, "not applicable"),
        ("dry", 39, None, 5, None, 90, None),
        ("filled", None, "zero", 16, None, 170, None),
        ("frozen", -15, None, 5, None, 90, None),
        ("sentinel", None, "unknown", 12, None, 360, None),
        ("silent", None, "missing", None, "missing", None, "missing"),
    ]
    assert rows(mart, "select ev_id, wx_dew_pt, wx_dew_pt_reason from weather_observations order by 1") == [
        ("blank", None, "zero"), ("cold", -3, None), ("dry", 0, None), ("filled", None, "zero"),
        ("frozen", None, "zero"), ("sentinel", 10, None), ("silent", None, "missing"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("latitude", "degrees", "longitude", "west", "agrees"),
    [
        ("062272N", 62 + 27 / 60 + 2 / 3600, "0010504W", -105 - 4 / 3600, True),
        ("003196N", 31 + 9 / 60 + 6 / 3600, "0771234W", -77 - 12 / 60 - 34 / 3600, True),
        ("381326N", 38 + 13 / 60 + 26 / 3600, "0001104E", 1 + 10 / 60 + 4 / 3600, True),
        ("381326N", 40.0, "0771234W", -77 - 12 / 60 - 34 / 3600, False),
        ("381326S", 38 + 13 / 60 + 26 / 3600, "0771234W", -77 - 12 / 60 - 34 / 3600, False),
    ],
)
def test_coordinate_text_is_read_as_closely_to_the_decimals_as_possible(
    mart: Connection, latitude: str, degrees: float, longitude: str, west: float, agrees: bool
) -> None:
    header = "| ev_id | latitude | dec_latitude | longitude | dec_longitude |\n"
    load(mart, "events", f"{header}| e | {latitude} | {degrees} | {longitude} | {west} |")
    assert rows(mart, "select agrees from coordinate_check") == [(agrees,)]


def test_text_that_is_not_a_coordinate_is_not_checked(mart: Connection) -> None:
    header = "| ev_id | latitude | dec_latitude | longitude | dec_longitude |\n"
    load(mart, "events", f"{header}| e | 000000N | 40 | 99:9:9 W | -99 |\n| f | 381326N | 0 | 0771234W | 0 |")
    assert rows(mart, "select * from coordinate_check") == []
