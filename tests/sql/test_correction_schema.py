"""Corrections that do not fit the table schema, or that conflict, are reported with file and line."""

from pathlib import Path

import pytest
from psycopg2.extensions import connection as Connection

from pipeline.errors import InvalidCorrections
from pipeline.warehouse import table_schema
from pipeline.warehouse.overlay import files, load, values
from tests.tasks.corrections import HEADER, REVIEW

MISTAKES = {
    "event,E1,ev_city,a,b": "table: expected the name of a published table, found 'event'; use one such as events",
    "events,E1,ev_citi,a,b": "column: expected the name of a published column, found 'ev_citi'; use one such as",
    "events,E1,ev_id,E1,E2": "column: expected a column that can be corrected, found ev_id, a column of a key",
    "findings,E1 1 2,aircraft_key,1,2": "column: expected a column that can be corrected, found aircraft_key, a column",
    "events,E1,era,a,b": "column: expected a column that can be corrected, found era, set by the pipeline",
    "events,E1,ev_year,2008,2009": "column: expected a column that can be corrected, found ev_year, derived by the",
    "narratives,E1 1,search_vector,a,b": "column: expected a column that can be corrected, found search_vector,",
    "aircraft,E1,damage,a,b": "key: expected values of ev_id aircraft_key, found E1; correct the key",
    "aircraft,E1 one,damage,a,b": "key: value: expected a whole number, found 'one'",
    "events,E1,inj_tot_f,1,two": "value: expected a whole number, found 'two'",
    "events,E1,ev_date,2008-01-02,02/01/2008": "value: expected a date such as 2008-01-31, found '02/01/2008'",
    "events,E1,ev_time,10:00,10:00:00": "correct value: expected another value than the current one, found the same",
}
RULE = """
[[{kind}]]
id = "{id}"
table = "aircraft"
{body}
rows = 1
source = "manual"
reviewer = "me"
date = 2026-11-30
"""
RULES = {
    ("copy", 'from = "num_eng"\nto = "damage"'): "from: expected a column of type text, found integer",
    ("copy", 'from = "damag"\nto = "owner_state"'): "from: expected the name of a published column, found 'damag'",
    ("mapping", 'column = "num_eng"\nvalues = {one = 1}'): "value: expected a whole number, found 'one'",
    ("mapping", 'column = "damage"\nvalues = {a = "b"}\nwhere = {num_eng = "x"}'): "value: expected a whole number",
    ("mapping", 'column = "damage"\nvalues = {a = "b"}\nwhere = {make = "x"}'): "where: expected the name of a",
}


def mistakes(database: Connection, folder: Path) -> list[str]:
    """The mistakes in the files of a folder."""
    with database.cursor() as cursor:
        try:
            load.require_valid(cursor, *files.read_folder(folder))
        except InvalidCorrections as error:
            return [line.strip() for line in str(error).splitlines()[1:]]
    return []


def write(folder: Path, *lines: str, rules: str = "") -> None:
    (folder / "c.csv").write_text("\n".join([HEADER, *(f"{line},{REVIEW}" for line in lines)]))
    (folder / "r.toml").write_text(rules)


def rule(kind: str, body: str, identity: str = "r1") -> str:
    return RULE.format(kind=kind, id=identity, body=body)


def test_every_correction_that_does_not_fit_is_reported_at_once(shared_database: Connection, tmp_path: Path) -> None:
    write(tmp_path, *MISTAKES)
    actual = mistakes(shared_database, tmp_path)
    for number, message in enumerate(MISTAKES.values(), 2):
        assert any(line.startswith(f"c.csv:{number}: {message}") for line in actual), (message, actual)
    assert len(actual) == len(MISTAKES)


@pytest.mark.parametrize("kind, body", RULES)
def test_a_rule_that_does_not_fit_is_reported(
    shared_database: Connection, tmp_path: Path, kind: str, body: str
) -> None:
    write(tmp_path, rules=rule(kind, body))
    assert mistakes(shared_database, tmp_path)[0].startswith(f"r.toml:2: {RULES[kind, body]}")


NUMBERED = {"ct_iaids": "meaning", "ct_pre1982": "meang", "eadmspub_datadictionary": "meaning"}


def test_a_value_in_a_table_with_row_numbers_as_keys_is_reported(shared_database: Connection, tmp_path: Path) -> None:
    """Another edition of a file has other rows at the same numbers; bulk rules select rows by their values."""
    with shared_database.cursor() as cursor:
        keys = {table: table_schema.primary_key(cursor, table) for table in table_schema.tables()}
    assert {table for table, key in keys.items() if "source_row" in key} == set(NUMBERED)
    write(tmp_path, *(f"{table},avall 5,{column},a,b" for table, column in NUMBERED.items()))
    message = "key: expected a table whose key outlasts a new file, found row numbers; use a bulk rule with `where`"
    assert mistakes(shared_database, tmp_path) == [f"c.csv:{number}: {message}" for number in (2, 3, 4)]
    texts = [
        rule("mapping", f'column = "{column}"\nvalues = {{a = "b"}}\nwhere = {{{column} = "a"}}', table)
        for table, column in NUMBERED.items()
    ]
    texts = [text.replace('"aircraft"', f'"{table}"') for text, table in zip(texts, NUMBERED, strict=True)]
    write(tmp_path, rules="\n".join(texts))
    assert mistakes(shared_database, tmp_path) == []


def test_conflicting_corrections_are_reported(shared_database: Connection, tmp_path: Path) -> None:
    value = "aircraft,E1 1,damage,DEST,{}"
    write(tmp_path, value.format("SUBS"), value.format("MINR"))
    (conflict,) = mistakes(shared_database, tmp_path)
    assert conflict.startswith(
        "c.csv:3: expected one correct value of aircraft.damage, found 'MINR', and 'SUBS' in c.csv:2"
    )

    mapping = rule("mapping", 'column = "damage"\nvalues = {DEST = "SUBS", SUBS = "MINR"}')
    write(tmp_path, value.format("SUBS"), rules=mapping)
    assert mistakes(shared_database, tmp_path) == []
    write(tmp_path, value.format("MINR"), rules=mapping)
    (conflict,) = mistakes(shared_database, tmp_path)
    assert conflict.startswith(
        "c.csv:2: expected one correct value of aircraft.damage, found 'MINR', and 'SUBS' in r.toml:2"
    )
    write(tmp_path, rules=mapping + rule("mapping", 'column = "damage"\nvalues = {SUBS = "NONE"}', "r2"))
    (conflict,) = mistakes(shared_database, tmp_path)
    assert conflict.startswith(
        "r.toml:12: expected one correct value of aircraft.damage, found 'NONE', and 'MINR' in r.toml:2"
    )
    write(
        tmp_path, value.format("MINR").replace("DEST", "NONE"), value.format("SUBS").replace("E1", "E2"), rules=mapping
    )
    assert mistakes(shared_database, tmp_path) == []


ACCEPTED = {
    "integer": ["007", "-2147483648"],
    "bigint": ["9223372036854775807"],
    "real": ["0.1", "1e38", "-3.5E-30", ".5", "5."],
    "double precision": ["1e308", "4.9e-324", "-0"],
    "boolean": ["true", "false"],
    "date": ["0001-01-01", "9999-12-31"],
    "timestamp without time zone": ["2008-01-01T10:00", "2008-01-01 10:00:00.123456"],
    "time without time zone": ["00:00", "23:59:59.999999"],
    "text": ["", "x' || 'y", "\u2028"],
}


@pytest.mark.parametrize("type_name", ACCEPTED)
def test_postgresql_casts_every_accepted_text(shared_database: Connection, type_name: str) -> None:
    with shared_database.cursor() as cursor:
        for text in ACCEPTED[type_name]:
            values.parse_value(type_name, text)
            cursor.execute(f"select %s::{type_name} is not null", (text,))
            assert cursor.fetchone() == (True,)
