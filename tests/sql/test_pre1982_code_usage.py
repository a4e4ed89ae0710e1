"""Codes of 1962-1981 are counted in every column that has a code list, whether they have a meaning or not."""

import csv
import re
from collections.abc import Iterator
from functools import cache

import pytest
from empty_mart import mart as mart
from empty_mart import prepared as prepared
from psycopg2.extensions import connection as Connection
from tables import load, rows

from tests.architecture.tree import REPOSITORY

TABLES = ("tblfirsthalf", "tblsecondhalf", "tbloccurrences", "tblseqofevents")
# Columns whose code list has another name.
LIST_NAMES = {
    "OCCURRENCECODE": "ACCIDENT_TYPE", "PHASEOFFLIGHT": "OPERATION_PHASE", "CFCODE": "CAUSE_FACTOR",
    "AT_CONTROLS": "PILOT_INVOLED",
}  # fmt: skip
# NTSB's columns and their code lists, which are not part of the repository.
REFERENCE = REPOSITORY.parent / "shared" / "reference" / "ntsb" / "pre1982_columns.csv"


def list_of(column: str) -> str:
    """Name of the code list of a column, without the number of the pilot, accident or cause."""
    name = re.sub(r"(_PILOT)?_?[12]$", "", column.upper())
    name = re.sub(
        r"^CAUSE_FACTOR_\d+M$", "CAUSE_FACTOR M FLAG", re.sub(r"^CAUSE_FACTOR_\d+[PS]$", "CAUSE_FACTOR", name)
    )
    return LIST_NAMES.get(name, name)


@cache
def lists() -> frozenset[str]:
    """Names of the code lists in the samples."""
    with (REPOSITORY / "samples" / "codes_pre1982.csv").open(encoding="utf-8", newline="") as file:
        return frozenset(line["Name"].upper() for line in csv.DictReader(file))


def uncounted(mart: Connection, expected: set[tuple[str, str, str]]) -> list[str]:
    """Those of (table, column, list) that are missing in pre1982_code_usage if only that column has the code QA."""
    missing = []
    with mart.cursor() as cursor:
        for table in TABLES:
            load(mart, table, "| recnum |\n| 1 |")
        for table, column, field in sorted(expected):
            # A model code is only valid together with the code of its make.
            make = {"acft_model_code": "acft_make_code", "engin_model": "engin_make"}.get(column)
            cursor.execute("savepoint empty")
            cursor.execute(f"update {table} set {column} = 'QA'" + (f", {make} = 'Q'" if make else ""))
            if not rows(mart, "select from pre1982_code_usage where (relation, field) = (%s, %s)", table, field):
                missing.append(f"{table}.{column}: {field}")
            cursor.execute("rollback to empty")
    return missing


def test_every_column_with_a_code_list_in_the_samples_is_counted(mart: Connection) -> None:
    query = "select attname::text from pg_attribute where attrelid = %s::regclass and atttypid = 'text'::regtype"
    text_columns = {(table, name, list_of(name)) for table in TABLES for (name,) in rows(mart, query, table)}
    expected = {column for column in text_columns if column[2] in lists()}
    assert lists() <= {field for _, _, field in expected}
    assert len(expected) >= 40
    assert uncounted(mart, expected) == []


@pytest.mark.skipif(not REFERENCE.exists(), reason="needs NTSB's columns in ../shared")
def test_every_column_with_a_code_list_of_ntsb_is_counted(mart: Connection) -> None:
    with REFERENCE.open(encoding="utf-8", newline="") as file:
        expected = {
            (line["table"].lower(), line["column"].lower(), line["code_set"].replace(" flag", " M FLAG").upper())
            for line in csv.DictReader(file)
            if line["code_set"]
        }
    assert uncounted(mart, expected) == []


@pytest.fixture
def counted(mart: Connection) -> Iterator[Connection]:
    """Two aircraft with many kinds of codes, an occurrence and a cause."""
    load(
        mart,
        "ct_pre1982",
        "| name | code | meang |\n| RATING | A | Single-engine land |\n| ENGIN_MODEL | 1204 | O-320 |",
    )
    load(
        mart,
        "tblfirsthalf",
        """
        | recnum | type_craft | rating_1 | rating_2 | age_pilot1 | age_pilot2 | engin_make | engin_model | at_controls |
        | 1      | ~a~        | AA       | B        | 46A        | ZB         | 12         | 04          | ''          |
        | 2      | @          | A3       | QA       | C          | 0AA        | 12         |             | B           |
        """,
    )
    with mart.cursor() as cursor:
        cursor.execute("update tblfirsthalf set type_craft = replace(type_craft, '~', ' ')")
        cursor.execute(
            "update tblfirsthalf set (cause_factor_2p, cause_factor_2m, cause_factor_2s) = ('64', 'Q', '17')"
        )
    load(mart, "tbloccurrences", "| recnum | id | occurrencecode | phaseofflight |\n| 1 | 1 | X9 | |")
    load(mart, "tblseqofevents", "| recnum | id | cfcode | corf |\n| 1 | 1 | 6417 | C |\n| 1 | 2 | 6417 | '' |")
    with mart.cursor() as cursor:
        cursor.execute("refresh materialized view codes; refresh materialized view codes_in_use")
    yield mart


def test_codes_are_split_from_role_letters_and_flags(counted: Connection) -> None:
    """Role letters and surrounding blanks are removed; ages, single role letters and blanks are not codes."""
    query = "select field, code, times from codes_in_use where relation = 'tblfirsthalf' order by field, code"
    assert rows(counted, query) == [
        ("AGE", "0AA", 1), ("AGE", "ZB", 1), ("CAUSE_FACTOR", "6417", 2), ("CAUSE_FACTOR M FLAG", "Q", 2),
        ("ENGIN_MAKE", "12", 2), ("ENGIN_MODEL", "1204", 1), ("PILOT_INVOLED", "B", 1), ("RATING", "A", 2),
        ("RATING", "Q", 1), ("TYPE_CRAFT", "@", 1), ("TYPE_CRAFT", "A", 1),
    ]  # fmt: skip


def test_each_table_is_counted_separately(counted: Connection) -> None:
    query = "select relation, field, code, times from codes_in_use where relation <> 'tblfirsthalf' order by 1, 2"
    assert rows(counted, query) == [
        ("tbloccurrences", "ACCIDENT_TYPE", "X9", 1), ("tblseqofevents", "CAUSE_FACTOR", "6417", 2),
        ("tblseqofevents", "CORF", "C", 1),
    ]  # fmt: skip


def test_origin_is_null_for_codes_without_a_meaning(counted: Connection) -> None:
    """Explained by the file, by a supplement, by neither."""
    fields = "('AGE', 'CORF', 'RATING', 'TYPE_CRAFT')"
    query = f"select field, code, origin from codes_in_use where field in {fields} order by 1, 2"
    assert rows(counted, query) == [
        ("AGE", "0AA", None), ("AGE", "ZB", "supplement"), ("CORF", "C", "supplement"),
        ("RATING", "A", "ct_pre1982"), ("RATING", "Q", None), ("TYPE_CRAFT", "@", None),
        ("TYPE_CRAFT", "A", "supplement"),
    ]  # fmt: skip
