"""1962-1981: ages, locations, times and codes; unknown values are null."""

from datetime import time

import pytest
from pre1982_rows import derive, records
from psycopg2.extensions import connection as Connection
from tables import load, rows


@pytest.mark.parametrize(
    ("text", "age"),
    [("46A", 46), ("477", 47), ("46", 46), ("ZA", None), ("ZZ", None), ("C", None), ("0AA", None), ("00A", None)],
)
def test_ages_are_parsed_by_position(database: Connection, text: str, age: int | None) -> None:
    head = "recnum date_occurrence pilot_involed1 age_pilot1 pilot_involed2 age_pilot2"
    derive(
        database,
        records(head, (1, "1970-01-02", "A", text, "B", "33B"), (2, "1970-01-02", "0", text, "''", text)),
    )
    actual = rows(database, "select crew_no, crew_category, crew_age, pilot_flying from flight_crew order by 1")
    assert actual == [(1, "PLT", age, None), (2, "CPLT", 33, None)]


def test_locations_are_split_into_city_state_and_country(database: Connection) -> None:
    locations = {
        ("ROME,NY", "32"): ("ROME", "NY", "USA"),
        ("CHICAGO ILL", "13"): ("CHICAGO", "IL", "USA"),
        ("RAPID CITY S DAK", "99"): ("RAPID CITY", None, None),
        ("NEW YORK N.Y.", "32"): ("NEW YORK", "NY", "USA"),
        ("CHARLESTON W VA", None): ("CHARLESTON", None, None),
        ("MEXICO CITY,MEX", "72"): ("MEXICO CITY", None, None),
        ("MEXICO CITY", "72"): ("MEXICO CITY", None, None),
        ("SAN JUAN,PR", "61"): ("SAN JUAN", "PR", "USA"),
        ("PAGO PAGO", "64"): ("PAGO PAGO", None, "USA"),
        (",NY", "32"): (None, "NY", "USA"),
        (None, "32"): (None, "NY", "USA"),
    }
    lines = [(number, "1970-01-02", *source) for number, source in enumerate(locations, start=1)]
    derive(database, records("recnum date_occurrence location locat_state_terr", *lines))
    assert rows(database, "select ev_city, ev_state, ev_country from events order by source_row") == list(
        locations.values()
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0000", time(0, 0)),
        ("2359", time(23, 59)),
        ("2400", None),
        ("2561", None),
        ("24 0", None),
        ("''", None),
        ("930", None),
    ],
)
def test_times_are_four_digits_or_null(database: Connection, text: str, expected: time | None) -> None:
    derive(database, records("recnum date_occurrence time_occur", (1, "1970-01-02", text)))
    assert rows(database, "select ev_time from events") == [(expected,)]


def test_codes_are_decoded_by_the_code_list_of_the_file(database: Connection) -> None:
    codes = """
    | name        | code | meang            |
    | LIGHT_COND  | A    | NIGHT (DARK)     |
    | LIGHT_COND  | A    | Dawn             |
    | TYPE_WEATHR | B    | Below minimums   |
    | ACFT_ADAMG  | D    | Something else   |
    """
    head = "recnum date_occurrence light_cond type_weathr acft_adamg injury_index acc_inc_class type_craft"
    lines = [(1, "1970-01-02", "A", "B", "D", "C", "A", "A"), (2, "1970-01-02", "B", "A", "S", "Z", "''", "Q")]
    derive(database, records(head, *lines), codes)
    query = "select light_cond, wx_cond_basic, ev_highest_injury, ev_type from events order by source_row"
    assert rows(database, query) == [("NDRK", None, "SERS", None), (None, None, None, None)]
    assert rows(database, "select damage, acft_category from aircraft order by source_row") == [
        (None, "AIR"),
        ("SUBS", None),
    ]


def test_person_groups_of_one_modern_category_are_summed(database: Connection) -> None:
    head = "recnum date_occurrence navigtr_none extra_crew_none total_abrd_none total_abrd_totals"
    derive(database, records(head, (1, "1970-01-02", 1, 2, 3, 3)))
    query = "select inj_person_category, injury_level, inj_person_count from injury"
    assert rows(database, query) == [("OCRW", "NONE", 3)]


def test_narratives_are_copied_unchanged(database: Connection) -> None:
    load(database, "tblfirsthalf", records("recnum date_occurrence", *[(number, "1970-01-02") for number in (1, 2, 3)]))
    with database.cursor() as cursor:
        own = "'pre1982', 'PRE1982'"
        cursor.execute(f"""insert into tblsecondhalf (recnum, remarks, cause, era, source_file, source_row) values
            (1, E' HIT WIRE.\\r\\n', null, {own}, 11), (2, '', '  ', {own}, 12), (3, '', 'FUEL', {own}, 13)""")
    derive(database, "")
    assert rows(database, "select narr_accf, narr_cause, source_row from narratives order by 3") == [
        (" HIT WIRE.\r\n", None, 11),
        ("", "FUEL", 13),
    ]
