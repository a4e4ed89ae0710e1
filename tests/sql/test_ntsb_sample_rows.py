"""Views interpret real rows of NTSB's files since 1982; skipped without the files, which are not in the repository."""

import csv
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from empty_mart import prepared as prepared
from psycopg2.extensions import connection as Connection
from psycopg2.extras import execute_values
from tables import rows

from pipeline.warehouse import cast, table_schema

SAMPLES = Path(__file__).parents[3] / "shared" / "reference" / "ntsb" / "samples"
# File: table and era. Files of 2019 are an older edition: local times, blanks instead of zeros, padded codes.
FILES = {
    "avall_events_real_rows": ("events", "avall"),
    "pre2008_events_real_rows": ("events", "pre2008"),
    "old2019_events_part121_head": ("events", "avall"),
    "aircraft_60_columns_pyodbc_rows": ("aircraft", "pre2008"),
    "avall_engines_mdbexport_head": ("engines", "avall"),
    "avall_NTSB_Admin_mdbexport_head": ("ntsb_admin", "avall"),
    "old2019_findings_part121_head": ("findings", "avall"),
    "old2019_injury_part121_head": ("injury", "avall"),
    "pre2008_Events_Sequence_all16_2022": ("events_sequence", "pre2008"),
}
VIEWS = ("code_harmonization", "aircraft_harmonized", "aircraft_names")
# The samples have no rows of the aircraft that these occurrences belong to.
PARENTS = """
    insert into aircraft (ev_id, aircraft_key, era, source_file, source_row)
    select distinct ev_id, aircraft_key, era, source_file, 0 from events_sequence
"""


def four_digit_year(match: re.Match[str]) -> str:
    """MM/DD/YY as MM/DD/YYYY: the samples begin in 1982."""
    return f"{match[1]}{19 if match[2] > '40' else 20}{match[2]} "


def as_exported(value: str) -> str | None:
    """A cell as mdb-export writes it: null if empty, with four-digit years, which the samples lack."""
    return re.sub(r"^(\d\d/\d\d/)(\d\d) ", four_digit_year, value) or None


def load_file(connection: Connection, name: str) -> None:
    """Casts the rows of a file and inserts them into the published table."""
    table, era = FILES[name]
    with (SAMPLES / f"{name}.csv").open(newline="", encoding="utf-8") as file:
        header, *body = csv.reader(file)
    columns = [name.lower() for name in header]
    with connection.cursor() as cursor:
        texts = ", ".join(f'"{column}" text' for column in columns)
        cursor.execute(f'create table raw_{era}."{table}" (source_row bigint generated always as identity, {texts})')
        listed = ", ".join(f'"{column}"' for column in columns)
        values = [[as_exported(cell) for cell in line] for line in body]
        execute_values(cursor, f'insert into raw_{era}."{table}" ({listed}) values %s', values)
        query = cast.cast_select(table, table_schema.columns(cursor, table), columns, era, era)
        cursor.execute(f"create temporary table typed as {query.as_string(cursor)}")
        cursor.execute("select * from typed limit 0")
        names = ", ".join(f'"{column.name}"' for column in cursor.description or ())
        cursor.execute(f'insert into "{table}" ({names}) select {names} from typed')
        cursor.execute(f'drop table typed; drop table raw_{era}."{table}"')


@pytest.fixture
def real(prepared: Connection) -> Iterator[Connection]:
    """All real rows under every view, in a transaction that is rolled back."""
    if not SAMPLES.is_dir():
        pytest.skip("needs NTSB's sample rows in ../shared, which are not part of the project")
    with prepared.cursor() as cursor:
        cursor.execute("begin; create schema raw_avall; create schema raw_pre2008")
        for name in FILES:
            load_file(prepared, name)
        cursor.execute(PARENTS)
        for view in VIEWS:
            cursor.execute(f"refresh materialized view {view}")
        yield prepared
        cursor.execute("rollback")


def values_by_event(real: Connection, columns: str, view: str, *events: str) -> dict[str, tuple[object, ...]]:
    """ev_id -> values of the columns in a view."""
    selected = rows(real, f"select ev_id, {columns} from {view} where ev_id = any(%s)", list(events))
    return {event: tuple(values) for event, *values in selected}


def test_deaths_on_the_ground_count_as_deaths(real: Connection) -> None:
    """Eight uninjured on board, one killed beside the runway. The edition of 2019 writes none as missing."""
    events = ("20080107X00027", "20140507X51410")
    actual = values_by_event(
        real, "inj_f_grnd, total_deaths, severity", "event_summary inner join events using (ev_id)", *events
    )
    assert actual == {events[0]: (1, 1, "FATL"), events[1]: (None, None, "SERS")}


def test_event_times_follow_the_clock_of_their_edition(real: Connection) -> None:
    """44 is 00:44 and 1 is 00:01; 0 is midnight or not recorded; an edition with zones has local times."""
    events = ("20080219X00203", "20080117X00065", "20001213X25852", "20080111X00039", "20050623X00849")
    actual = values_by_event(real, "ev_time::text, ev_clock", "event_summary", *events)
    assert actual == {
        "20080219X00203": ("00:44:00", "UTC"), "20080117X00065": ("00:01:00", "UTC"),
        "20001213X25852": ("00:00:00", "UNKNOWN"), "20080111X00039": (None, "UNKNOWN"),
        "20050623X00849": ("23:45:00", "LOCAL"),
    }  # fmt: skip
    reasons = values_by_event(real, "ev_time_reason", "event_missingness", *events[2:4])
    assert reasons == {"20001213X25852": ("zero",), "20080111X00039": ("missing",)}


def test_country_codes_that_look_like_states_are_foreign(real: Connection) -> None:
    """CA is Canada and WA is Namibia, so a state is not applicable."""
    events = ("20080211X00175", "20080118X00079")
    actual = values_by_event(
        real, "ev_country, place_kind, ev_state_reason", "event_missingness inner join events using (ev_id)", *events
    )
    assert actual == {events[0]: ("CA", "FOREIGN", "not applicable"), events[1]: ("WA", "FOREIGN", "not applicable")}


def test_weather_fill_values_are_not_measurements(real: Connection) -> None:
    """All zeros; zeros with a valid pressure; 149; a dew point above the temperature; and a complete observation."""
    events = ("20080220X00218", "20080107X00027", "20080204X00131", "20001211X11902", "20080107X00026")
    columns = "wx_temp, wx_temp_reason, wx_dew_pt, wx_dew_pt_reason, altimeter is null"
    assert values_by_event(real, columns, "weather_observations", *events) == {
        "20080220X00218": (None, "zero", None, "zero", True), "20080107X00027": (None, "zero", None, "zero", False),
        "20080204X00131": (None, "unknown", None, "zero", False), "20001211X11902": (-15, None, None, "zero", False),
        "20080107X00026": (57, None, 32, None, False),
    }  # fmt: skip


def test_coordinate_text_without_zeros_agrees_with_the_decimals(real: Connection) -> None:
    assert rows(real, "select count(*), bool_and(agrees) from coordinate_check") == [(13, True)]
    read = "round(latitude_from_text::numeric, 4)::text, latitude"
    actual = values_by_event(real, read, "coordinate_check", "20001211X12736", "20080118X00079")
    assert actual == {"20001211X12736": ("64.9000", "064540N"), "20080118X00079": ("-22.6117", "223642S")}


def test_injury_counts_do_not_include_totals(real: Connection) -> None:
    """186 uninjured and one seriously injured, among padded ABRD and TOTL rows."""
    query = "select injury_level, sum(inj_person_count) from injury_counts where ev_id = %s group by 1 order by 1"
    assert rows(real, query, "20140507X51410") == [("NONE", 186), ("SERS", 1)]


def test_an_empty_cause_factor_has_no_role(real: Connection) -> None:
    query = "select role, role_source, count(*) from finding_causes group by 1, 2 order by 1"
    assert rows(real, query) == [("CAUSE", "cause_factor", 18), ("FACTOR", "cause_factor", 4), (None, None, 8)]


def test_fill_values_of_aircraft_and_engines_have_reasons(real: Connection) -> None:
    """A collision, a departure at 00:30, a placeholder inspection date, zero hours."""
    query = """
        select aircraft_key, dprt_time::text, dprt_time_reason, date_last_insp_reason, regis_no_reason, make
        from aircraft_missingness inner join aircraft_names using (ev_id, aircraft_key)
        where regis_no is not null order by ev_id, aircraft_key
    """
    assert rows(real, query) == [
        (1, "16:14:00", None, "unknown", None, "CESSNA"), (1, "00:00:00", "zero", "missing", None, None),
        (1, "00:00:00", "zero", None, None, "PIPER"), (2, "00:30:00", None, None, None, "PIPER"),
        (1, "21:43:00", None, None, None, "CESSNA"), (1, None, "missing", "missing", "unknown", None),
    ]  # fmt: skip
    hours = "select eng_time_total_reason, count(*) from engine_missingness group by 1 order by 1"
    assert rows(real, hours) == [("zero", 8), (None, 1)]
    assert rows(real, "select rec_stat, count(*) from ntsb_admin group by 1 order by 1") == [
        ("B", 1), ("F", 1), ("P", 3), (None, 1),
    ]  # fmt: skip


def test_events_sequence_rows_of_pre2008_use_the_code_list_since_2008(real: Connection) -> None:
    """Sixteen rows of Pre2008 use the codes since 2008; the defining occurrence is used, not the first one."""
    query = "select phase, occurrence, phase_basis from aircraft_harmonized where ev_id = '20001208X08803'"
    assert rows(real, query) == [("ENROUTE", "LOC-I", "exact")]
    assert rows(real, "select count(*) from aircraft_harmonized where occurrence = 'CFIT'") == [(5,)]
