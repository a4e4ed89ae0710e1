"""Codes that no list of the file explains are counted by table, column and code."""

from collections.abc import Iterator

import pytest
from psycopg2.extensions import connection as Connection
from tables import load, rows

from pipeline.warehouse import mappings
from pipeline.warehouse.quality import unknown_codes

NAMES = {
    **{"events": "events", "aircraft": "aircraft", "events_sequence": "Events_Sequence", "findings": "Findings"},
    **{"dt_events": "dt_events", "injury": "injury", "seq_of_events": "seq_of_events", "states": "states"},
    **{"eadmspub_datadictionary": "eADMSPUB_DataDictionary", "ct_iaids": "ct_iaids", "country": "Country"},
    **{"flight_crew": "Flight_Crew", "ntsb_admin": "NTSB_Admin"},
}
DICTIONARY = """
    | table           | column            | ct_name   | code_iaids |
    | events          | ev_highest_injury | ct_inj_ix | FATL       |
    | events          | ev_state          | ct_states | PR         |
    | events          | ev_city           |           |            |
    | events          | ev_tmzn           |           | UTC        |
    | seq_of_events   | Cause_Factor      |           | C          |
    | Events_Sequence | Occurrence_Code   |           | 100xxx     |
    | Events_Sequence | Occurrence_Code   |           | xxx241     |
    | Findings        | findings_code     |           | 01022300XX |
    | Findings        | modifier_no       |           | XXXXXXXX10 |
    | dt_events       | wx_cond           |           | FOG        |
    | injury          | injury_level      |           | FATL       |
    | seq_of_events   | subj_code         |           | 10000      |
    | elsewhere       | ev_type           |           | ACC        |
"""
LISTS = "| ct_name | code_iaids |\n| ct_inj_ix | NONE |\n| ct_other | FOO |\n| ct_turb_type0 | CONV |"
ROWS = {
    "eadmspub_datadictionary": DICTIONARY,
    "ct_iaids": LISTS,
    "states": "| state |\n| CA |",
    "country": "| country_code |\n| USA |\n| MX |",
    "events": """
        | ev_id | ev_highest_injury | ev_state | ev_city | ev_type |
        | e1    | FATL              | CA       | Reno    | FOO     |
        | e2    | none              | PR       |         |         |
        | e3    | FOO               | ''       | ''      |         |
        | e4    | foo               | ZZ       |         |         |
        | e5    |                   |          |         |         |
    """,
    "events_sequence": """
        | ev_id | aircraft_key | occurrence_no | occurrence_code | phase_no | eventsoe_no |
        | e1    | 1            | 1             | 100241          | 100      | 241         |
        | e1    | 1            | 2             | 241100          | 241      | 100         |
    """,
    "findings": """
        | ev_id | aircraft_key | finding_no | finding_code | modifier_no |
        | e1    | 1            | 1          | 0102230010   | 10          |
        | e1    | 1            | 2          | 0102230199   | 99          |
    """,
    "dt_events": """
        | ev_id | col_name | code |
        | e1    | wx_cond  | FOG  |
        | e1    | wx_cond1 | FOG  |
        | e1    | wx_cond  | MUD  |
        | e1    | unlisted | MUD  |
        | e1    | turb_type | CONV |
        | e1    | turb_fc_type2 | conv |
        | e1    | turb_fc_type  | ICE  |
        | e1    | launch   | ALL  |
    """,
    "injury": """
        | ev_id | aircraft_key | inj_person_category | injury_level |
        | e1    | 1            | PAX                 | FATL         |
        | e1    | 1            | PAX                 | DEAD         |
    """,
    "seq_of_events": """
        | ev_id | aircraft_key | occurrence_no | seq_event_no | group_code | subj_code |
        | e1    | 1            | 1             | 1            | 1          | 10000     |
        | e1    | 1            | 1             | 2            | 1          | 99999     |
    """,
}


@pytest.fixture
def schemas(shared_database: Connection) -> Iterator[Connection]:
    """The cast tables of one file, in a transaction that is rolled back."""
    with shared_database.cursor() as cursor:
        cursor.execute("begin; create schema typed_avall; set local search_path = typed_avall, public")
        cursor.execute(unknown_codes.CREATE_TABLE)
        for table in NAMES:
            cursor.execute(f"create table {table} as select * from contract.{table}")
        yield shared_database
        cursor.execute("rollback")


def unknown(connection: Connection) -> list[tuple[str, str, str, int]]:
    """(table, column, code, uses) of the unknown codes of ROWS."""
    for table, text in ROWS.items():
        load(connection, table, text)
    with connection.cursor() as cursor:
        unknown_codes.record_unknown_codes(cursor, NAMES)
    return rows(connection, 'select * from unknown_code order by source_table collate "C", source_column, code')


def test_codes_that_no_list_explains_are_counted(schemas: Connection) -> None:
    """Columns without a code list are free text, except those that results depend on, whose list is missing; wildcards
    and code lists of numbers are understood.
    """
    assert unknown(schemas) == [
        ("Events_Sequence", "eventsoe_no", "100", 1),
        ("Events_Sequence", "phase_no", "241", 1),
        ("Findings", "finding_code", "01022301", 1),
        ("Findings", "modifier_no", "99", 1),
        ("dt_events", "col_name", "UNLISTED", 1),
        ("dt_events", "launch", "ALL", 1),
        ("dt_events", "turb_fc_type", "ICE", 1),
        ("dt_events", "wx_cond", "MUD", 1),
        ("events", "ev_highest_injury", "FOO", 2),
        ("events", "ev_state", "ZZ", 1),
        ("events", "ev_type", "FOO", 1),
        ("injury", "inj_person_category", "PAX", 2),
        ("injury", "injury_level", "DEAD", 1),
        ("seq_of_events", "subj_code", "99999", 1),
    ]


# Columns without a list in the dictionary: (table, column, code of a list, code of none, table in the file).
WITHOUT_A_LIST = [
    *(("aircraft", f"{prefix}_state", "CA", "CQ", "aircraft") for prefix in ("dest", "dprt", "oper", "owner")),
    *(("aircraft", f"{prefix}_country", "MX", "ZZZ", "aircraft") for prefix in ("dest", "dprt", "oper", "owner")),
    ("aircraft", "dprt_timezn", "UTC", "XYZ", "aircraft"),
    ("events", "wx_obs_tmzn", "UTC", "XYZ", "events"),
    ("events", "ev_country", "USA", "QQ", "events"),
    ("flight_crew", "crew_res_state", "PR", "P", "Flight_Crew"),
    ("flight_crew", "crew_res_country", "USA", "US", "Flight_Crew"),
    ("findings", "cause_factor", "C", "X", "Findings"),
]


@pytest.mark.parametrize(("table", "column", "known", "code", "name"), WITHOUT_A_LIST)
def test_columns_without_a_list_use_that_of_the_same_kind_of_codes(
    schemas: Connection, table: str, column: str, known: str, code: str, name: str
) -> None:
    """States, countries, time zones and causes; text that is not a code of the list is named."""
    key = {
        "events": ("ev_id", "e{0}"),
        "aircraft": ("ev_id | aircraft_key", "e{0} | 1"),
        "flight_crew": ("ev_id | aircraft_key | crew_no", "e{0} | 1 | 1"),
        "findings": ("ev_id | aircraft_key | finding_no", "e{0} | 1 | 1"),
    }
    names, values = key[table]
    lines = [f"| {values.format(row)} | {text} |" for row, text in enumerate((known, code, code.lower()))]
    for lookup in ("eadmspub_datadictionary", "ct_iaids", "states", "country"):
        load(schemas, lookup, ROWS[lookup])
    load(schemas, table, "\n".join([f"| {names} | {column} |", *lines]))
    with schemas.cursor() as cursor:
        unknown_codes.record_unknown_codes(cursor, NAMES)
    assert rows(schemas, "select * from unknown_code") == [(name, column, code, 2)]


@pytest.mark.parametrize(
    ("table", "column", "codes"), [("findings", "cm_inpc", "TF"), ("ntsb_admin", "rec_stat", "BFP")]
)
def test_codes_that_only_the_supplement_explains_are_counted(
    schemas: Connection, table: str, column: str, codes: str
) -> None:
    """No list of a file explains these columns; the supplement explains the codes in use, and no others."""
    keys = {"findings": ("ev_id | aircraft_key | finding_no", "e{0} | 1 | 1"), "ntsb_admin": ("ev_id", "e{0}")}
    header, key = keys[table]
    lines = [f"| {key.format(number)} | {code} |" for number, code in enumerate(f"{codes}Q")]
    load(schemas, table, "\n".join([f"| {header} | {column} |", *lines]))
    with schemas.cursor() as cursor:
        unknown_codes.record_unknown_codes(cursor, NAMES)
        mappings.fill_table(cursor, "code_supplement")
    unexplained = """
        select source_column, code from unknown_code where (lower(source_table), source_column, code)
            not in (select table_name, column_name, code from code_supplement)
    """
    assert rows(schemas, unexplained) == [(column, "Q")]


def test_a_file_without_code_lists_has_no_unknown_codes(schemas: Connection) -> None:
    with schemas.cursor() as cursor:
        unknown_codes.record_unknown_codes(cursor, {"tblfirsthalf": "tblFirstHalf"})
    assert rows(schemas, "select * from unknown_code") == []
