"""Harmonized codes of three eras: meanings from the file, reviewed mappings, and codes without a meaning."""

from collections.abc import Iterator

import pytest
from empty_mart import prepared as prepared
from psycopg2.extensions import connection as Connection
from tables import load, rows

CODES = """
    | name             | code | meang                        | source_row |
    | LOCAT_STATE_TERR | 05   | California                   | 1          |
    | LOCAT_STATE_TERR | 72   | Mexico                       | 2          |
    | LOCAT_STATE_TERR | 00   | United States                | 3          |
    | OPERATION_PHASE  | **   | OPERATION PHASE              | 4          |
    | OPERATION_PHASE  | D1   | IN FLIGHT - NORMAL CRUISE    | 5          |
    | OPERATION_PHASE  | C1   | TAKEOFF - INITIAL CLIMB      | 6          |
    | ACCIDENT_TYPE    | Q1   | ENGINE FAILURE               | 7          |
    | CAUSE_FACTOR     | 64   | PILOT IN COMMAND             | 8          |
    | CAUSE_FACTOR     | 6417 | MISJUDGED DISTANCE           | 9          |
    | TYPE_CRAFT       | A    | Glider                       | 10         |
    | TYPE_CRAFT       | A    | Airplane                     | 11         |
    | AGE              | ZZ   | Not reported, says the file  | 12         |
"""
FIRST_HALF = """
    | recnum | type_craft | operation_phase1 | accident_type1 | type_operator | name_comm_carr | acft_adamg |
    | 1      | A          | D1               | Q1             |               | AA             | D          |
    | 2      | B          | C1               | X9             | Q             |                | Z          |
"""
AIRCRAFT = """
    | ev_id | aircraft_key | acft_category | damage | far_part | type_fly | era     | source_row |
    | new   | 1            | AIR           | SUBS   | 091K     | PERS     | avall   | 8          |
    | mid   | 1            | HELI          | QQQ    |          | UNK      | pre2008 | 9          |
    | old   | 1            | GLI           | DEST   |          |          | pre1982 | 1          |
    | old   | 2            |               |        |          |          | pre1982 | 2          |
"""
EVENTS = """
    | ev_id | ev_highest_injury | wx_cond_basic | light_cond | era     | source_row |
    | new   | FATL              | Unk           | NDRK       | avall   | 8          |
    | mid   | SERS              | VMC           | NR         | pre2008 | 9          |
    | old   |                   |               |            | pre1982 | 2          |
"""
REFRESH = (
    "codes",
    "code_harmonization",
    "codes_in_use",
    "aircraft_harmonized",
    "event_harmonized",
    "harmonization_coverage",
)


@pytest.fixture
def mart(prepared: Connection) -> Iterator[Connection]:
    """Rows of three eras under every view, in a transaction that is rolled back."""
    with prepared.cursor() as cursor:
        cursor.execute("begin")
        load(prepared, "ct_pre1982", CODES)
        load(prepared, "tblfirsthalf", FIRST_HALF)
        load(prepared, "aircraft", AIRCRAFT)
        load(prepared, "events", EVENTS)
        cursor.execute("update tblfirsthalf set injury_index = 'Z' where recnum = 2")
        for view in REFRESH:
            cursor.execute(f"refresh materialized view {view}")
        yield prepared
        cursor.execute("rollback")


def test_meanings_in_the_file_take_precedence_over_supplements(mart: Connection) -> None:
    """The first of two rows is used; headings are not codes; a supplement fills what the file does not explain."""
    query = (
        "select code, meaning, origin from codes where field in ('TYPE_CRAFT', 'OPERATION_PHASE') order by field, code"
    )
    assert rows(mart, query) == [
        ("C1", "TAKEOFF - INITIAL CLIMB", "ct_pre1982"), ("D1", "IN FLIGHT - NORMAL CRUISE", "ct_pre1982"),
        ("Z", "Unknown", "supplement"),
        ("A", "Glider", "ct_pre1982"), ("B", "Helicopter", "supplement"), ("Z", "Unknown", "supplement"),
    ]  # fmt: skip


def test_pre1982_codes_are_mapped_by_their_meaning_in_the_file(mart: Connection) -> None:
    """A means airplane in the known files and glider in this one."""
    query = "select value, confidence from code_harmonization where era = 'pre1982' and field = %s and code = %s"
    assert rows(mart, query, "category", "A") == [("GLI", "exact")]
    assert rows(mart, query, "phase", "D1") == [("ENROUTE", "close")]
    assert rows(mart, query, "phase", "C1") == [("INITIAL CLIMB", "exact")]
    assert rows(mart, query, "cause", "64") == [("PERSONNEL", "close")]
    assert rows(mart, query, "cause", "6417") == []
    note = "select note from code_harmonization where era = 'pre1982' and field = 'damage' and code = 'D'"
    assert rows(mart, note) == [("initials of the four degrees of damage; its words",)]


def test_the_same_phase_code_differs_between_code_lists(mart: Connection) -> None:
    query = "select era, value from code_harmonization where field = 'phase' and code = '553' order by era"
    assert rows(mart, query) == [("avall", "LANDING"), ("pre2008", "UNCONTROLLED DESCENT")]


def test_aircraft_of_all_eras_have_harmonized_codes(mart: Connection) -> None:
    """1962-1981 uses the raw codes; an unmapped code has no value; airlines have a name and no type of operator."""
    columns = "ev_id, aircraft_key, category, damage, damage_basis, operation, operation_basis, phase, occurrence"
    assert rows(mart, f"select {columns} from aircraft_harmonized order by 1, 2") == [
        ("mid", 1, "HELI", None, "unmapped", None, "missing", None, None),
        ("new", 1, "AIR", "SUBS", "exact", "091", "exact", None, None),
        ("old", 1, "GLI", "DEST", "exact", "121", "close", "ENROUTE", "SCF-PP"),
        ("old", 2, "HELI", "UNK", "exact", None, "unmapped", "INITIAL CLIMB", None),
    ]


def test_events_of_all_eras_have_harmonized_codes(mart: Connection) -> None:
    columns = "ev_id, severity, severity_basis, weather, light, light_basis"
    assert rows(mart, f"select {columns} from event_harmonized order by 1") == [
        ("mid", "SERS", "exact", "VMC", "UNK", "exact"),
        ("new", "FATL", "exact", "UNK", "NITE", "exact"),
        ("old", "UNK", "exact", None, None, "missing"),
    ]


def test_cause_groups_are_listed_alphabetically_without_factors(mart: Connection) -> None:
    finding = "| ev_id | aircraft_key | finding_no | finding_code | cause_factor |\n"
    findings = "| new | 1 | 1 | 0206304044 | C |\n| new | 1 | 2 | 0106304044 | C |\n| new | 1 | 3 | 03 | F |"
    load(mart, "findings", finding + findings)
    subject = "| ev_id | aircraft_key | subj_code | cause_factor |\n"
    load(mart, "seq_of_events", f"{subject}| mid | 1 | 24500 | C |\n| mid | 1 | 20000 | F |")
    cause = "| ev_id | aircraft_key | cause_no | group_code | relation_code |\n"
    load(mart, "pre1982_causes", f"{cause}| old | 1 | 1 | 64 | A |\n| old | 1 | 2 | 82 | K |")
    with mart.cursor() as cursor:
        cursor.execute("refresh materialized view aircraft_harmonized")
    assert rows(mart, "select ev_id, cause_groups, cause_basis from aircraft_harmonized order by 1, aircraft_key") == [
        ("mid", "PERSONNEL", "close"), ("new", "AIRCRAFT, PERSONNEL", "exact"), ("old", "PERSONNEL", "close"),
        ("old", None, "missing"),
    ]  # fmt: skip


def test_coverage_counts_every_aircraft_and_event_once(mart: Connection) -> None:
    query = "select field, sum(times) from harmonization_coverage group by field order by field"
    assert set(rows(mart, query)) == {
        *(
            (field, 4)
            for field in ("category", "cause", "damage", "engine", "occurrence", "operation", "phase", "purpose")
        ),
        *((field, 3) for field in ("light", "severity", "weather")),
    }


def test_codes_without_a_meaning_are_counted(mart: Connection) -> None:
    assert rows(mart, "select field, code, times from codes_in_use where meaning is null order by 1") == [
        ("ACCIDENT_TYPE", "X9", 1), ("NAME_COMM_CARR", "AA", 1), ("TYPE_OPERATOR", "Q", 1),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("call", "answer"),
    [
        ("decode_state('05')", "CA"), ("decode_state(' 72 ')", "Mexico"), ("decode_state('93')", "93"),
        ("decode_state('')", None), ("decode_state(null)", None),
        ("decode_age('46A')", 46), ("decode_age('477')", 47), ("decode_age('ZA')", None), ("decode_age('00A')", None),
        ("decode_age('B')", None), ("decode_age(null)", None),
        ("decode_cause_factor('6417')", "MISJUDGED DISTANCE"), ("decode_cause_factor('82')", "Weather"),
        ("decode_cause_factor('9Z9Z')", "9Z9Z"), ("decode_cause_factor(null)", None),
    ],
)  # fmt: skip
def test_decode_functions_return_meanings(mart: Connection, call: str, answer: str | int | None) -> None:
    """The functions read the schema code_mappings, where a release publishes the views."""
    with mart.cursor() as cursor:
        for view in ("state_codes", "cause_factor_codes"):
            cursor.execute(f"alter view {view} set schema code_mappings")
    assert rows(mart, f"select code_mappings.{call}") == [(answer,)]
    function = f"code_mappings.{call.split('(')[0]}"
    assert rows(mart, "select provolatile from pg_proc where oid = %s::regproc", function)[0][0] == "s"


def test_views_of_a_single_field_show_its_codes(mart: Connection) -> None:
    assert rows(mart, "select name, postal from state_codes order by code") == [
        ("United States", None), ("California", "CA"), ("Mexico", None),
    ]  # fmt: skip
    assert rows(mart, "select code, meaning from age_codes order by code") == [
        *((f"Z{role}", "Unknown") for role in "ABCD"), ("ZZ", "Not reported, says the file"),
    ]  # fmt: skip
    query = "select code, injury_level from injury_level_mapping where era = 'pre1982' order by code"
    assert rows(mart, query) == [("C", "SERS"), ("F", "FATL"), ("M", "MINR"), ("N", "NONE"), ("Z", "UNK")]
    query = "select code, damage from damage_codes where era = 'pre1982' order by code"
    assert rows(mart, query) == [("D", "DEST"), ("M", "MINR"), ("N", "NONE"), ("S", "SUBS"), ("Z", "UNK")]
    query = "select meaning, group_meaning, cause_group from cause_factor_codes where code = '6417'"
    assert rows(mart, query) == [("MISJUDGED DISTANCE", "PILOT IN COMMAND", "PERSONNEL")]
