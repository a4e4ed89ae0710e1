"""Records of FAA's registry for aircraft in events: by registration, serial number and date, and never guessed."""

from collections.abc import Iterator

import pytest
from empty_mart import prepared as prepared
from psycopg2.extensions import connection as Connection
from tables import load, rows

from pipeline.warehouse import registry_file

EVENTS = """
    | ev_id | ev_date    |
    | e     | 2010-06-01 |
    | d     |            |
"""
# Registration and serial number of NTSB; the key of the aircraft names the case.
AIRCRAFT = """
    | ev_id | aircraft_key | regis_no | acft_serial_no | acft_make | acft_model | acft_year |
    | e     | 1            | N11A     | 172-S8001      | Cessna    | 172S       | 1999      |
    | e     | 2            | n 22b    | 0022           | Piper     | PA-28-140  | 1970      |
    | e     | 3            | N33C     |                | Piper     | PA-28-140  |           |
    | e     | 4            | N44D     | 44             | Piper     | PA-28-140  | 0         |
    | e     | 5            | N55E     |                | Piper     | PA-28-140  |           |
    | e     | 6            | N66F     | 28-7001        | PIPER     | PA-28-140  | 1971      |
    | e     | 7            | N77G     | UNK            | Piper     | PA-28-140  |           |
    | e     | 8            | N88H     | 88             | Piper     | PA-28-140  |           |
    | e     | 9            | N99J     | 99             | Piper     | PA-28-140  |           |
    | e     | 10           | N10K     |                | Piper     | PA-28-140  |           |
    | e     | 11           | C-GABC   | 11             | Piper     | PA-28-140  |           |
    | e     | 12           | NONE     | 12             | Piper     | PA-28-140  |           |
    | e     | 13           | N13L     | 28-9999        | PIPER     | PA-28-140  |           |
    | e     | 14           | N14P     | 001            | Piper     | PA-28-140  |           |
    | e     | 15           | N15Q     |                | Piper     | PA-28-140  |           |
    | e     | 16           | N16R     | 28-1600        | Piper     | PA-28-140  |           |
    | d     | 1            | N11A     | 172S8001       | Cessna    | 172S       |           |
"""
REGISTRY = """
    | list   | line | number | serial   | year | issued   | canceled | hex    | make    | model     | type | engine |
    | MASTER | 2    | 11A    | 172S8001 | 1999 | 20050101 |          | A00001 | CESSNA  | 172S      | 1    | IO-360 |
    | DEREG  | 2    | 11A    | OTHER9   | 1950 | 19600101 | 19900101 | A00001 | STINSON | 108       | 1    |        |
    | DEREG  | 3    | 22B    | 22       | 1971 | 20000101 | 20090101 | A00002 | PIPER   | PA-28-140 | 1    |        |
    | MASTER | 4    | 22B    | 22       | 1971 | 20120101 |          | A00012 | PIPER   | PA-28-140 | 1    |        |
    | DEREG  | 4    | 33C    | 33       | 1975 | 20000101 | 20200101 | A00003 | PIPER   | PA-28-140 | 1    |        |
    | MASTER | 5    | 44D    | 45       | 1975 | 20000101 |          | A00004 | PIPER   | PA-28-140 | 1    |        |
    | MASTER | 6    | 55E    | 55       | 1975 | 20150101 |          | A00005 | PIPER   | PA-28-140 | 1    |        |
    | MASTER | 7    | 60Z    | 28-7001  | 1971 | 20150101 |          | A00006 | PIPER   | PA-28-140 | 2    |        |
    | MASTER | 8    | 77G    | 77       | 1975 | 20000101 |          | A00007 | PIPER   | PA-28-140 | 1    |        |
    | DEREG  | 5    | 77G    | 78       | 1975 | 20000101 | 20110101 | A00007 | PIPER   | PA-28-140 | 1    |        |
    | MASTER | 9    | 88H    | 88       | 2011 | 20150101 |          | A00008 | PIPER   | PA-28-140 | 1    |        |
    | MASTER | 10   | 10K    |          |      | 20000101 |          | A00010 | PIPER   | PA-28-140 |      |        |
    | MASTER | 11   | 13M    | 289999   | 1971 | 20150101 |          | A00013 | CESSNA  | PA-28-140 | 1    |        |
    | MASTER | 12   | 13N    | 289999   | 1971 | 20150101 |          | A00014 | PIPER   | PA-44-180 | 1    |        |
    | MASTER | 13   | 14R    | 1        | 1971 | 20150101 |          | A00015 | PIPER   | PA-28-140 | 1    |        |
    | DEREG  | 6    | 15Q    | 15       | 1971 | 19800101 |          | A00016 | PIPER   | PA-28-140 | 1    |        |
    | DEREG  | 7    | 16R    | 281600   | 1971 | 19800101 |          | A00017 | PIPER   | PA-28-140 | 1    |        |
"""
NAMES = {
    "number": "n_number",
    "serial": "serial_number",
    "make": "manufacturer",
    "year": "year_manufactured",
    "issued": "certificate_date",
    "canceled": "cancel_date",
    "hex": "icao_hex",
    "type": "engine_type",
    "engine": "engine_model",
}
ENGINES = """
    | ev_id | aircraft_key | eng_no | eng_type | eng_model  |
    | e     | 1            | 1      | REC      | IO-360-L2A |
    | e     | 6            | 1      | REC      | O-320      |
"""


@pytest.fixture
def mart(prepared: Connection) -> Iterator[Connection]:
    """The aircraft and the registry above, in a transaction that is rolled back."""
    header, line, body = REGISTRY.strip().partition("\n")
    for short, name in NAMES.items():
        header = header.replace(f"| {short} ", f"| {name} ")
    with prepared.cursor() as cursor:
        cursor.execute("begin")
        load(prepared, "events", EVENTS)
        load(prepared, "aircraft", AIRCRAFT)
        load(prepared, "engines", ENGINES)
        load(prepared, "aircraft_registry", header + line + body)
        refresh(prepared)
        yield prepared
        cursor.execute("rollback")


def refresh(connection: Connection) -> None:
    with connection.cursor() as cursor:
        for view in ("aircraft_names", "aircraft_harmonized", "registry_matches"):
            cursor.execute(f"refresh materialized view {view}")


def matches(connection: Connection) -> dict[str, tuple[str, str | None]]:
    """{event and aircraft: (match, registry file and line)}."""
    query = """
        select ev_id || aircraft_key, match, registry_file || ' ' || registry_line from registry_matches
    """
    return {aircraft: (match, line) for aircraft, match, line in rows(connection, query)}


def test_a_record_is_chosen_by_registration_serial_number_and_date_and_otherwise_not_at_all(mart: Connection) -> None:
    assert matches(mart) == {
        "e1": ("registration, serial number and date", "MASTER 2"),
        "e2": ("registration and serial number", "MASTER 4"),
        "e3": ("registration and date", "DEREG 4"),
        "e4": ("contradicted", None),  # the registration was given to another aircraft
        "e5": ("contradicted", None),  # registered after the event, without a serial number to tell that it is the same
        "e6": ("serial number and model", "MASTER 7"),  # registered under another number since
        "e7": ("ambiguous", None),  # two aircraft at the same time
        "e8": ("contradicted", None),  # manufactured after the event
        "e9": ("none", None),
        "e10": ("registration and date", "MASTER 10"),
        "e13": ("none", None),  # the serial number belongs to another make, or another model
        "e14": ("none", None),  # the serial number is that of many aircraft: builders number theirs themselves
        "e15": ("contradicted", None),  # deregistered on an unknown date, and without a serial number
        "e16": ("registration and serial number", "DEREG 7"),
        "d1": ("registration and serial number", "MASTER 2"),
    }
    assert rows(mart, "select candidates from registry_matches where match = 'ambiguous'") == [(2,)]


def test_of_several_records_of_an_aircraft_that_of_the_period_of_the_event_is_used(mart: Connection) -> None:
    with mart.cursor() as cursor:
        cursor.execute("update events set ev_date = '2005-06-01' where ev_id = 'e'")
    refresh(mart)
    assert matches(mart)["e2"] == ("registration, serial number and date", "DEREG 3")
    query = (
        "select icao_hex, registered_from::text, registered_until::text from registry_matches where aircraft_key = 2"
    )
    assert rows(mart, query) == [("A00002", "2000-01-01", "2009-01-01")]


def test_aircraft_that_share_a_serial_number_and_a_model_are_ambiguous(mart: Connection) -> None:
    with mart.cursor() as cursor:
        cursor.execute("""
            insert into aircraft_registry (list, line, n_number, serial_number, manufacturer, model)
            values ('DEREG', 99, '60Y', '287001', 'Piper', 'PA-28-140')
        """)
    refresh(mart)
    assert matches(mart)["e6"] == ("ambiguous", None)


def test_year_and_engine_are_compared_and_the_icao_address_is_that_of_the_record(mart: Connection) -> None:
    query = """
        select icao_hex, date_in_period, serial_agrees, year_manufactured, year_agrees, registry_engine,
            engine_type_agrees, engine_model_agrees
        from registry_matches where ev_id = 'e' and aircraft_key = %s
    """
    assert rows(mart, query, 1) == [("A00001", True, True, 1999, True, "REC", True, True)]
    assert rows(mart, query, 2) == [("A00012", False, True, 1971, False, "REC", None, None)]
    assert rows(mart, query, 3) == [("A00003", True, None, 1975, None, "REC", None, None)]
    assert rows(mart, query, 6) == [("A00006", False, True, 1971, True, "TP", False, None)]
    assert rows(mart, query, 7) == [(None, None, None, None, None, None, None, None)]
    assert rows(mart, query, 16)[0][:3] == ("A00017", None, True)


@pytest.mark.parametrize(
    ("model", "series"),
    [
        ("O-320 SERIES", "O320"),
        ("0-320-E2D", "O320"),
        ("io 520 ser", "IO520"),
        ("PT6A-34", "PT6"),
        ("912ULS", "912"),
        ("250-C20", "250"),
        ("Unknown", None),
        ("", None),
        (None, None),
    ],
)
def test_the_series_of_an_engine_is_the_beginning_of_its_model(
    mart: Connection, model: str | None, series: str | None
) -> None:
    assert rows(mart, "select mart.engine_series(%s)", model) == [(series,)]


def test_coverage_counts_matches_and_agreements(mart: Connection) -> None:
    counts = {
        name: (n, total)
        for name, n, total in rows(mart, "select measure, aircraft, of_aircraft from registry_coverage")
    }
    assert counts["matched"] == (7, 15) and counts["icao_hex known"] == (7, 7)
    assert (counts["ambiguous"], counts["contradicted"], counts["none"]) == ((1, 15), (4, 15), (3, 15))
    assert counts["year agrees"] == (2, 3) and counts["engine type agrees"] == (1, 2)
    methods = ("registration, serial number and date", "registration and serial number", "registration and date")
    assert [counts[name][0] for name in (*methods, "serial number and model")] == [1, 3, 2, 1]


def test_without_a_registry_there_are_no_rows(mart: Connection) -> None:
    with mart.cursor() as cursor:
        cursor.execute("truncate aircraft_registry")
    refresh(mart)
    assert rows(mart, "select * from registry_matches") == rows(mart, "select * from registry_coverage") == []


def test_the_columns_of_the_registry_are_those_that_its_reader_yields(mart: Connection) -> None:
    query = (
        "select attname from pg_attribute where attrelid = 'aircraft_registry'::regclass and attnum > 0 order by attnum"
    )
    assert rows(mart, query) == [(name,) for name in ("list", "line", *registry_file.COLUMNS)]
