"""Real rows of NTSB's files since 1982, where they lie beside the repository: typed and told as every trap needs it."""

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
# File: its table and era. Those of 2019 are of an older edition: local clocks, blanks for zeros, padded codes.
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
# Aircraft of the steps and findings, of which no row of their own lies there.
PARENTS = """
    insert into aircraft (ev_id, aircraft_key, era, source_file, source_row)
    select distinct ev_id, aircraft_key, era, source_file, 0 from events_sequence
"""


def whole_year(found: re.Match[str]) -> str:
    """MM/DD/YY with the century: the samples begin in 1982."""
    return f"{found[1]}{19 if found[2] > '40' else 20}{found[2]} "


def as_exported(value: str) -> str | None:
    """A cell as LoadRawTables reads it: nothing is NULL, and a year has four digits, which the samples were saved without."""
    return re.sub(r"^(\d\d/\d\d/)(\d\d) ", whole_year, value) or None


def land(connection: Connection, name: str) -> None:
    """Types a file of real rows into the table of the contract."""
    table, era = FILES[name]
    with (SAMPLES / f"{name}.csv").open(newline="", encoding="utf-8") as file:
        heads, *body = csv.reader(file)
    columns = [head.lower() for head in heads]
    with connection.cursor() as cursor:
        texts = ", ".join(f'"{column}" text' for column in columns)
        cursor.execute(f'create table raw_{era}."{table}" (source_row bigint generated always as identity, {texts})')
        listed = ", ".join(f'"{column}"' for column in columns)
        values = [[as_exported(cell) for cell in line] for line in body]
        execute_values(cursor, f'insert into raw_{era}."{table}" ({listed}) values %s', values)
        query = cast.cast_select(table, table_schema.columns(cursor, table), columns, era, era)
        cursor.execute(f"create temporary table typed as {query}")
        cursor.execute("select * from typed limit 0")
        told = ", ".join(f'"{column.name}"' for column in cursor.description or ())
        cursor.execute(f'insert into "{table}" ({told}) select {told} from typed')
        cursor.execute(f'drop table typed; drop table raw_{era}."{table}"')


@pytest.fixture
def real(prepared: Connection) -> Iterator[Connection]:
    """All real rows under every view, in a transaction that is rolled back."""
    if not SAMPLES.is_dir():
        pytest.skip("needs real rows in ../shared beside the repository, which are not part of the project")
    with prepared.cursor() as cursor:
        cursor.execute("begin; create schema raw_avall; create schema raw_pre2008")
        for name in FILES:
            land(prepared, name)
        cursor.execute(PARENTS)
        for view in VIEWS:
            cursor.execute(f"refresh materialized view {view}")
        yield prepared
        cursor.execute("rollback")


def told(real: Connection, columns: str, view: str, *events: str) -> dict[str, tuple[object, ...]]:
    """What a view says of events, by their ids."""
    found = rows(real, f"select ev_id, {columns} from {view} where ev_id = any(%s)", list(events))
    return {event: tuple(said) for event, *said in found}


def test_the_only_dead_of_an_event_may_be_on_the_ground(real: Connection) -> None:
    """Eight unhurt on board, one killed beside the runway. In the edition of 2019 nobody is written as missing."""
    events = ("20080107X00027", "20140507X51410")
    said = told(real, "inj_f_grnd, total_deaths, severity", "event_summary inner join events using (ev_id)", *events)
    assert said == {events[0]: (1, 1, "FATL"), events[1]: (None, None, "SERS")}


def test_clocks_of_two_editions(real: Connection) -> None:
    """44 is 00:44 and 1 is 00:01; 0 is midnight or nothing; an edition that names zones is of local days."""
    events = ("20080219X00203", "20080117X00065", "20001213X25852", "20080111X00039", "20050623X00849")
    said = told(real, "ev_time::text, ev_clock", "event_summary", *events)
    assert said == {
        "20080219X00203": ("00:44:00", "UTC"), "20080117X00065": ("00:01:00", "UTC"),
        "20001213X25852": ("00:00:00", "UNKNOWN"), "20080111X00039": (None, "UNKNOWN"),
        "20050623X00849": ("23:45:00", "LOCAL"),
    }  # fmt: skip
    reasons = told(real, "ev_time_reason", "event_missingness", *events[2:4])
    assert reasons == {"20001213X25852": ("zero",), "20080111X00039": ("missing",)}


def test_countries_that_look_like_states_are_abroad(real: Connection) -> None:
    """CA is Canada here, and WA Namibia: nobody misses their state."""
    events = ("20080211X00175", "20080118X00079")
    said = told(
        real, "ev_country, place_kind, ev_state_reason", "event_missingness inner join events using (ev_id)", *events
    )
    assert said == {events[0]: ("CA", "FOREIGN", "not applicable"), events[1]: ("WA", "FOREIGN", "not applicable")}


def test_weather_that_nobody_measured(real: Connection) -> None:
    """All zeros; zeros under a sound pressure; 149; a dew point above its temperature; and one that is whole."""
    events = ("20080220X00218", "20080107X00027", "20080204X00131", "20001211X11902", "20080107X00026")
    columns = "wx_temp, wx_temp_reason, wx_dew_pt, wx_dew_pt_reason, altimeter is null"
    assert told(real, columns, "weather_observations", *events) == {
        "20080220X00218": (None, "zero", None, "zero", True), "20080107X00027": (None, "zero", None, "zero", False),
        "20080204X00131": (None, "unknown", None, "zero", False), "20001211X11902": (-15, None, None, "zero", False),
        "20080107X00026": (57, None, 32, None, False),
    }  # fmt: skip


def test_degrees_that_lost_their_zeros_agree_with_the_decimals(real: Connection) -> None:
    assert rows(real, "select count(*), bool_and(agrees) from coordinate_check") == [(13, True)]
    read = "round(latitude_from_text::numeric, 4)::text, latitude"
    said = told(real, read, "coordinate_check", "20001211X12736", "20080118X00079")
    assert said == {"20001211X12736": ("64.9000", "064540N"), "20080118X00079": ("-22.6117", "223642S")}


def test_persons_are_counted_once(real: Connection) -> None:
    """186 unhurt and one seriously hurt, although ABRD and TOTL stand among them, padded with blanks."""
    said = "select injury_level, sum(inj_person_count) from injury_counts where ev_id = %s group by 1 order by 1"
    assert rows(real, said, "20140507X51410") == [("NONE", 186), ("SERS", 1)]


def test_a_blank_is_neither_cause_nor_factor(real: Connection) -> None:
    said = "select role, role_source, count(*) from finding_causes group by 1, 2 order by 1"
    assert rows(real, said) == [("CAUSE", "cause_factor", 18), ("FACTOR", "cause_factor", 4), (None, None, 8)]


def test_aircraft_and_engines(real: Connection) -> None:
    """A collision, a departure at 30 minutes past midnight, an inspection on a day that is no day, hours of zero."""
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


def test_steps_before_2008_are_read_in_the_list_since_2008(real: Connection) -> None:
    """Sixteen rows of Pre2008 are coded as since 2008; the defining one counts, not the first."""
    said = "select phase, occurrence, phase_basis from aircraft_harmonized where ev_id = '20001208X08803'"
    assert rows(real, said) == [("ENROUTE", "LOC-I", "exact")]
    assert rows(real, "select count(*) from aircraft_harmonized where occurrence = 'CFIT'") == [(5,)]
