"""Families and classes of aircraft: reference cases against the project's rules, and small rules with ties."""

import csv
import zipfile
from pathlib import Path

import pytest
from empty_mart import mart as mart
from empty_mart import prepared as prepared
from psycopg2.extensions import connection as Connection
from psycopg2.extras import execute_values
from tables import load, rows

from tests.access import read_table

CASES = Path(__file__).with_name("aircraft_family_cases.csv")
REAL = Path(__file__).resolve().parents[3] / "shared" / "data" / "real"
RULES = """
    | line | make_pattern | model_pattern | homebuilt | category | family | variant | class                |
    | 2    | CESSNA       | 172.*         |           |          | 172    |         | single_engine_piston |
    | 3    | CESSNA       | 172RG         |           |          | 172    | RG      | single_engine_piston |
    | 4    | CESSNA       | (172)?X       |           |          | X one  |         | airliner             |
    | 5    | CESSNA       | X             |           |          | X two  |         | airliner             |
    | 6    | CESSNA       | Y             |           |          | Y one  |         | airliner             |
    | 7    | CESSNA       | Y             |           |          | Y two  |         | turboprop            |
    | 8    | PIPER        | PA46.*        |           |          | PA-46  |         |                      |
    | 9    | PIPER        | PA46.*TP      |           |          | PA-46  | TP      | turboprop            |
    | 10   | PIPER        | PA46.*TP      |           |          | PA-46  | 500     | turboprop            |
    | 11   | PIPER        | PA46350P      |           |          | PA-46  | P       | single_engine_piston |
    | 12   | .*           | RV6           | Y         |          | RV-6   |         | single_engine_piston |
    | 13   | CAMERON      | .*            |           | BALL     | Cameron |        | balloon              |
"""
AIRCRAFT = """
    | ev_id       | acft_make    | acft_model  | homebuilt | acft_category | num_eng | unmanned |
    | family      | Cessna       | 172 N       | N         | AIR           | 1       |          |
    | variant     | CESSNA       | 172-RG      | N         | AIR           | 1       |          |
    | prefix      | CESSNA       | A172        | N         |               |         |          |
    | tie         | CESSNA       | X           | N         | AIR           | 2       |          |
    | tie class   | CESSNA       | Y           | N         |               |         |          |
    | by engine   | PIPER        | PA-46       | N         | AIR           | 1       |          |
    | no engine   | PIPER        | PA46        | N         | AIR           | 1       |          |
    | variants    | PIPER        | PA-46-500TP | N         | AIR           | 1       |          |
    | builder     | JOHN Q SMITH | RV-6        | Y         | AIR           | 1       |          |
    | not built   | JOHN Q SMITH | RV-6        | N         | AIR           | 1       |          |
    | balloon     | CAMERON      | O-77        | N         | BALL          | 0       |          |
    | other craft | CAMERON      | O-77        | N         | GYRO          | 1       |          |
    | jet         | UNLISTED     | J           | N         | AIR           | 2       |          |
    | own jet     | UNLISTED     | J           | Y         | AIR           | 1       |          |
    | no count    | UNLISTED     | J           | N         | AIR           | 0       |          |
    | drone       | CESSNA       | 172         | N         | AIR           | 1       | true     |
    | nothing     |              |             |           |               |         |          |
"""
ENGINES = """
    | ev_id     | eng_no    | eng_type |
    | family    | 1         | TP       |
    | by engine | 1         | TP       |
    | no engine | 1         | UNK      |
    | variants  | 1         | TP       |
    | not built | 1         | REC      |
    | builder   | 1         | REC      |
    | jet       | 1         | TF       |
    | own jet   | 1         | TJ       |
    | no count  | 1         | REC      |
"""
REFRESHED = ("code_harmonization", "aircraft_harmonized", "aircraft_names", "name_families", "aircraft_families")


def refresh(connection: Connection, *more: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("analyze aircraft")
        for view in (*REFRESHED, *more):
            cursor.execute(f"refresh materialized view {view}")


@pytest.fixture
def classified(mart: Connection) -> Connection:
    """The aircraft above under the rules above; every aircraft is the first of its event."""
    with mart.cursor() as cursor:
        cursor.execute("delete from aircraft_family_rule")
        cursor.execute("alter table aircraft_family_rule alter list set default 'aircraft_families'")
        cursor.execute("alter table aircraft alter aircraft_key set default 1")
        cursor.execute("alter table engines alter aircraft_key set default 1")
    load(mart, "aircraft_family_rule", RULES)
    load(mart, "aircraft", AIRCRAFT)
    load(mart, "engines", ENGINES)
    refresh(mart)
    return mart


def test_reference_cases_have_their_family_and_class(mart: Connection) -> None:
    with CASES.open(newline="", encoding="utf-8") as stream:
        cases = [tuple(case.values()) for case in csv.DictReader(stream)]
    assert len(cases) >= 300 and all(source for *_, source in cases)
    with mart.cursor() as cursor:
        insert = "insert into aircraft (ev_id, aircraft_key, acft_make, acft_model, homebuilt) values %s"
        written = [(str(number), 1, *case[:2], case[2] or "N") for number, case in enumerate(cases)]
        execute_values(cursor, insert, written)
    refresh(mart)
    query = "select ev_id, family, class, ambiguity from aircraft_families"
    assigned = {number: values for number, *values in rows(mart, query)}
    expected = {str(number): [*case[3:5], None] for number, case in enumerate(cases)}
    assert {cases[int(key)]: value for key, value in assigned.items() if value != expected[key]} == {}


def test_rules_assign_family_variant_and_class(classified: Connection) -> None:
    """A variant takes precedence; patterns match whole names; homebuilt and category are conditions of rules."""
    columns = "ev_id, family, variant, class, rule, method"
    query = f"select {columns} from aircraft_families where family is not null order by 1"
    assert rows(classified, query) == [
        ("balloon", "Cameron", None, "balloon", "aircraft_families:13", "rule"),
        ("builder", "RV-6", None, "single_engine_piston", "aircraft_families:12", "rule"),
        ("by engine", "PA-46", None, "turboprop", "aircraft_families:8", "characteristics"),
        ("drone", "172", None, "uas", "aircraft_families:2", "characteristics"),
        ("family", "172", None, "single_engine_piston", "aircraft_families:2", "rule"),
        ("no engine", "PA-46", None, None, "aircraft_families:8", "none"),
        ("variant", "172", "RG", "single_engine_piston", "aircraft_families:3", "rule"),
        ("variants", "PA-46", None, "turboprop", "aircraft_families:9", "rule"),
    ]


def test_aircraft_without_a_family_have_the_only_class_that_their_characteristics_allow(classified: Connection) -> None:
    query = "select ev_id, class, method from aircraft_families where family is null and ambiguity is null order by 1"
    assert rows(classified, query) == [
        ("not built", "single_engine_piston", "characteristics"),
        ("nothing", None, "none"),
        ("other craft", "gyroplane", "characteristics"),
        ("own jet", "homebuilt_jet", "characteristics"),
        ("prefix", None, "none"),
    ]


def test_ties_are_reported_and_never_guessed(classified: Connection) -> None:
    """Families that agree on the class give the class."""
    columns = "ev_id, family, variant, class, ambiguity"
    query = f"select {columns} from aircraft_families where ambiguity is not null order by 1"
    assert rows(classified, query) == [
        ("jet", None, None, None, "class: airliner, business_jet, military_jet"),
        ("no count", None, None, None, "class: single_engine_piston, twin_piston, multi_engine_piston"),
        ("tie", None, None, "airliner", "family: X one, X two (aircraft_families:4, aircraft_families:5)"),
        ("tie class", None, None, None, "family: Y one, Y two (aircraft_families:6, aircraft_families:7)"),
        ("variants", "PA-46", None, "turboprop", "variant: 500, TP (aircraft_families:9, aircraft_families:10)"),
    ]


def test_records_that_contradict_the_class_are_listed(classified: Connection) -> None:
    """Only classes by rule, and only values that are known: 0 engines of a balloon and UNK contradict nothing."""
    query = "select ev_id, family, characteristic, expected, recorded from aircraft_family_conflicts order by 1"
    assert rows(classified, query) == [("family", "172", "engine", "REC", "TP")]


def test_coverage_counts_every_aircraft_once(classified: Connection) -> None:
    load(classified, "events", "| ev_id | ev_country |\n| family | USA |\n| nothing | USA |\n| tie | MX |\n| jet | |")
    counts = "with_name, with_family, class_by_rule, class_by_characteristics, without_class, ambiguous, conflicting"
    query = f"select location, homebuilt, aircraft, {counts} from aircraft_family_coverage order by 1, 2"
    assert rows(classified, query) == [
        ("FOREIGN", "N", 1, 1, 0, 1, 0, 0, 1, 0),
        ("UNKNOWN", "N", 1, 1, 0, 0, 0, 1, 1, 0),
        ("US", "N", 1, 1, 1, 1, 0, 0, 0, 1),
        ("US", "UNKNOWN", 1, 0, 0, 0, 0, 1, 0, 0),
    ]


def test_aircraft_that_are_named_in_real_files_have_a_family(mart: Connection, tmp_path: Path) -> None:
    """At least 97 % of those since 1982 that are not homebuilt and whose make and model are recorded."""
    if not REAL.is_dir():
        pytest.skip("needs NTSB's files in ../shared/data/real, which are not part of the project")
    names = ("acft_make", "acft_model", "homebuilt", "acft_category")
    with mart.cursor() as cursor:
        for source in ("Pre2008", "avall"):
            with zipfile.ZipFile(REAL / f"{source}.zip") as archive:
                archive.extract(f"{source}.mdb", tmp_path)
            aircraft = read_table(tmp_path / f"{source}.mdb", "aircraft")
            written = [(source, number, *(row[name] for name in names)) for number, row in enumerate(aircraft)]
            insert = f"insert into aircraft (ev_id, aircraft_key, {', '.join(names)}) values %s"
            execute_values(cursor, insert, written)
    refresh(mart)
    ((share,),) = rows(mart, """
        select count(families.family)::float / count(*)
        from aircraft_families as families inner join clean_aircraft using (ev_id, aircraft_key)
        where make is not null and model is not null and homebuilt_code is distinct from 'Y'
    """)  # fmt: skip
    assert share > 0.97
