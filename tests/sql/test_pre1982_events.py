"""1962-1981: rows of tblFirstHalf become aircraft, and events where docket, date and location agree."""

import csv
import re
from datetime import date, time
from pathlib import Path

import pytest
from pre1982_rows import DERIVED, ERA, derive, records
from psycopg2.extensions import connection as Connection
from tables import rows

from pipeline.warehouse import table_schema

REAL = Path(__file__).parents[3] / "shared" / "reference" / "ntsb" / "samples" / "pre1982_tblFirstHalf_real_rows.csv"
EXAMPLE = (40, "1 0042", "1962-07-23", "1430", "ROME,NY", "32", "N6502R", "ARMSTRONG", "AW-650", "D")
EXAMPLE_COLUMNS = (
    "recnum docket_no date_occurrence time_occur location locat_state_terr regist_no acft_make acft_model acft_adamg"
)
EXAMPLE_UPDATE = """
    acc_inc_class = 'A', type_craft = 'A', no_engines = '2', injury_index = 'F', light_cond = 'B', type_weathr = 'A',
    pilot_involed1 = 'A', hours_total_pilot1 = '11508A', age_pilot1 = 'ZA', at_controls = 'A', cause_factor_1p = '70',
    cause_factor_1m = 'A', cause_factor_1s = 'CB', pilot_fatal = 1, pilot_totals = 1, passengers_fatal = 5,
    passengers_serious = 2, passengers_totals = 7, total_abrd_fatal = 6, total_abrd_serious = 2, total_abrd_minor = 0,
    total_abrd_none = 0, total_abrd_totals = 8, grand_total_totals = 0
"""


def test_one_record_becomes_one_event_with_one_aircraft(database: Connection) -> None:
    derive(database, records(EXAMPLE_COLUMNS, EXAMPLE), update=EXAMPLE_UPDATE)
    date_columns = "select ev_id, ev_type, ev_date, ev_dow, ev_month, ev_year, ev_time, ev_tmzn from events"
    assert rows(database, date_columns) == [
        ("PRE1982-000040", "ACC", date(1962, 7, 23), "Mo", 7, 1962, time(14, 30), None)
    ]
    location_columns = (
        "select ev_city, ev_state, ev_country, light_cond, wx_cond_basic, dec_latitude, source_row, era from events"
    )
    assert rows(database, location_columns) == [("ROME", "NY", "USA", "DAYL", "VMC", None, 1, "pre1982")]
    totals = "select ev_highest_injury, inj_tot_f, inj_tot_s, inj_tot_m, inj_tot_n, inj_tot_t from events"
    assert rows(database, totals) == [("FATL", 6, 2, 0, 0, 8)]
    assert rows(
        database,
        "select aircraft_key, regis_no, acft_make, acft_model, acft_category, damage, num_eng, far_part from aircraft",
    ) == [(1, "N6502R", "ARMSTRONG", "AW-650", "AIR", "DEST", 2, None)]
    assert rows(database, "select crew_no, crew_category, crew_age, pilot_flying from flight_crew") == [
        (1, "PLT", None, True)
    ]
    assert rows(database, "select inj_person_category, injury_level, inj_person_count from injury order by 1, 2") == [
        ("PAX", "FATL", 5), ("PAX", "SERS", 2), ("PLT", "FATL", 1)
    ]  # fmt: skip
    assert rows(database, "select flight_type, flight_craft, flight_hours from flight_time") == [("TOTL", "ALL", 11508)]
    assert rows(database, "select eng_no from engines order by 1") == [(1,), (2,)]
    causes = "select cause_no, cause_code, group_code, relation_code, relation, on_first_occurrence from pre1982_causes"
    assert rows(database, causes) == [(1, "70CB", "70", "A", "cause", True)]
    assert rows(database, "select hours_total_pilot1, age_pilot1 from tblfirsthalf") == [("11508A", "ZA")]


COLLISION = records(
    "recnum docket_no date_occurrence location locat_state_terr regist_no second_acft_regno injury_index "
    "total_abrd_none total_abrd_totals grand_total_none grand_total_totals",
    (52, "1 0053", "1962-01-20", "CHICAGO,ILL", "13", "N2", "N1", "N", 35, 35, 61, 61),
    (51, "1 0053", "1962-01-20", "CHICAGO,ILL", "13", "N1", "N2", "M", 26, 26, 61, 61),
)


def test_a_collision_is_one_event_and_its_persons_are_counted_once(database: Connection) -> None:
    derive(database, COLLISION)
    query = "select ev_id, ev_highest_injury, inj_tot_n, inj_tot_t, source_row from events"
    assert rows(database, query) == [("PRE1982-000051", "MINR", 61, 61, 2)]
    assert rows(database, "select ev_id, aircraft_key, regis_no, source_row from aircraft order by 2") == [
        ("PRE1982-000051", 1, "N1", 2),
        ("PRE1982-000051", 2, "N2", 1),
    ]


def test_ids_do_not_change_when_records_are_appended(database: Connection) -> None:
    """A third aircraft of the same collision and another event of that day do not change existing ids."""
    head, lines = COLLISION.split("\n", 1)
    third = lines.splitlines()[0].replace("52", "60").replace("N2", "N3")
    other = third.replace("60", "61").replace("1 0053", "1 0054")
    derive(database, "\n".join([head, other, third, lines]))
    assert rows(database, "select ev_id, aircraft_key, regis_no from aircraft order by 1, 2") == [
        ("PRE1982-000051", 1, "N1"), ("PRE1982-000051", 2, "N2"), ("PRE1982-000051", 3, "N3"),
        ("PRE1982-000061", 1, "N3"),
    ]  # fmt: skip


def test_a_collision_without_grand_total_has_the_sum_of_its_aircraft(database: Connection) -> None:
    derive(database, COLLISION, update="grand_total_none = 0, grand_total_totals = 0")
    assert rows(database, "select inj_tot_n, inj_tot_t, inj_f_grnd from events") == [(61, 61, None)]


def test_rows_without_common_docket_date_and_location_are_separate_events(database: Connection) -> None:
    lines = [
        (1, "2 0001", "1964-05-01", "TROY NY", "32"),
        (2, "2 0001", "1965-05-01", "TROY NY", "32"),  # docket numbers restart every year
        (3, "2 0001", "1964-05-01", "ALBANY NY", "32"),
        (4, None, "1964-05-01", "TROY NY", "32"),
        (5, None, "1964-05-01", "TROY NY", "32"),
        (6, "2 0007", "1964-05-01", "''", "32"),
        (7, "2 0007", "1964-05-01", "''", "32"),
        (8, "2 0008", None, "TROY NY", "32"),
    ]
    lines.append((9, "2 0008", None, "TROY NY", "32"))  # without dates they may be of different years
    derive(database, records("recnum docket_no date_occurrence location locat_state_terr", *lines))
    assert rows(database, "select max(aircraft_key) from aircraft") == [(1,)]
    query = "select ev_id, ev_date is null from events order by source_row"
    assert rows(database, query) == [(f"PRE1982-{recnum:06d}", recnum > 7) for recnum in range(1, 10)]


def test_a_date_outside_the_era_is_kept(database: Connection) -> None:
    derive(database, records("recnum date_occurrence", (1234567, "2062-07-23")))
    assert rows(database, "select ev_id, ev_date from events") == [("PRE1982-1234567", date(2062, 7, 23))]


def test_derived_csv_lists_the_columns_that_the_queries_read(shared_database: Connection) -> None:
    with (ERA.folder / "derived.csv").open(newline="") as file:
        listed_columns = list(csv.DictReader(file))
    text = "\n".join(path.read_text() for path in sorted(ERA.folder.glob("*.sql")))
    words = set(re.findall(r"\w+", re.sub(r"--.*|'[^']*'", "", text)))
    listed = {(line["source_table"].lower(), line["source_column"].lower()) for line in listed_columns}
    with shared_database.cursor() as cursor:
        existing = {
            (table, column.name) for table in ERA.tables.values() for column in table_schema.columns(cursor, table)
        }
        modern = {f"{table}.{column.name}" for table in DERIVED for column in table_schema.columns(cursor, table)}
    assert listed - existing == set(), "columns that the tables do not have"
    assert {line["target"] for line in listed_columns} - modern == set(), "targets that are not in the table schema"
    assert {pair for pair in listed if pair[1] not in words} == set(), "columns that no query reads"
    own = ("era", "source_file", "source_row")
    read = {(table, name) for table, name in existing if name in words and name not in own}
    assert read - listed == set(), "columns that a query reads but derived.csv does not list"


@pytest.mark.skipif(not REAL.exists(), reason="the reference files are not available")
def test_rows_of_ntsb_give_the_expected_events(database: Connection) -> None:
    with REAL.open(newline="") as file:
        lines = [{name.lower(): value for name, value in line.items()} for line in csv.DictReader(file)]
    for line in lines:
        month, day, year = line["date_occurrence"].split(" ")[0].split("/")
        line |= {"date_occurrence": f"19{year}-{month}-{day}", "trans_date": ""}
    derive(database, records(" ".join(lines[0]), *[line.values() for line in lines]))
    query = "select ev_id, ev_city, ev_highest_injury, inj_tot_f, inj_tot_t from events order by 1"
    assert rows(database, query) == [
        ("PRE1982-000040", "ROME", "NONE", 0, 3),
        ("PRE1982-000043", "MEXICO CITY", "NONE", 0, 104),
        ("PRE1982-000051", "CHICAGO", "NONE", 0, 61),
        ("PRE1982-000487", "TROY", "FATL", 1, 1),
        ("PRE1982-000490", "SUNDANCE", "FATL", 1, 2),
        ("PRE1982-000497", "TUJUNGA", "NONE", 0, 3),
    ]
    assert rows(database, "select count(*), count(crew_age) from flight_crew") == [(11, 9)]
    query = "select flight_craft, count(*), sum(flight_hours) from flight_time group by 1 order by 1"
    assert rows(database, query) == [("ALL", 11, 88815), ("MAKE", 10, 20041)]
    assert rows(database, "select oper_code from aircraft where oper_code is not null order by 1") == [
        ("AA",), ("AD",), ("IL",), ("SI",)
    ]  # fmt: skip
    query = "select relation, count(*), count(distinct ev_id) from pre1982_causes group by 1 order by 1"
    assert rows(database, query) == [("cause", 16, 6), ("factor", 3, 2)]
    assert rows(database, "select cause_code from pre1982_causes where ev_id like '%-000040' order by cause_no") == [
        ("70CB",), ("75BD",), ("88BM",), ("70CC",), ("84G",), ("8827",)
    ]  # fmt: skip
