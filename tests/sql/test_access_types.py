"""A column of an Access file may have only the types that its cast function casts without loss."""

import csv

import pytest
from psycopg2.extensions import connection as Connection

from pipeline.ingest.access_file import AccessColumn, AccessTable
from pipeline.sources import Era, eras
from pipeline.warehouse import cast, raw_tables, table_schema
from tests.architecture.tree import REPOSITORY

# Types of the writer of the samples, in the terms of Access.
NAMES = {
    **{"TEXT": "Text", "MEMO": "Memo", "LONG": "Long", "INT": "Integer", "BYTE": "Byte", "DATETIME": "Date/Time"},
    **{"SINGLE": "Single", "DOUBLE": "Double", "BOOLEAN": "Yes/No"},
}


def sample_types(era: str) -> dict[tuple[str, str], str]:
    """{(table, column), in lower case: Access type} of the samples, whose schema is NTSB's."""
    path = REPOSITORY / "samples" / f"schema_{'pre1982' if era == 'pre1982' else 'modern'}.csv"
    with path.open(newline="") as file:
        return {
            (row["table"].lower(), row["column"].lower().replace(" ", "_")): NAMES[row["type"]]
            for row in csv.DictReader(file)
        }


@pytest.mark.parametrize("era", eras(), ids=lambda era: era.name)
def test_every_column_may_have_the_type_of_ntsbs_schema(database: Connection, era: Era) -> None:
    actual = sample_types(era.name)
    with database.cursor() as cursor:
        for table in era.tables.values():
            for column, permitted in cast.access_types(table, table_schema.columns(cursor, table)).items():
                # Pre2008 lacks a column of avall.
                assert actual.get((table, column), permitted[0]) in permitted, f"{table}.{column}"


def drift(database: Connection, table: str, **types: str) -> list[str]:
    """Sentences on the types of a table's columns."""
    columns = tuple(AccessColumn(name, kind) for name, kind in types.items())
    with database.cursor() as cursor:
        permitted = {table: cast.access_types(table, table_schema.columns(cursor, table))}
    return raw_tables.find_type_drift([AccessTable(table, columns, 1)], permitted)


def test_columns_with_other_types_are_all_named(database: Connection) -> None:
    """An integer of another width, and a column that is not published, are no drift."""
    assert drift(
        database, "events", ev_date="Text", ev_time="Date/Time", dec_latitude="Text", inj_tot_t="Double",
        ev_month="Long", ev_city="Memo", ev_site_zipcode="Long", unpublished="OLE Object",
    ) == [
        "column events.dec_latitude has the type Text instead of Byte or Integer or Long or Single or Double",
        "column events.ev_date has the type Text instead of Date/Time or Date/Time Extended",
        "column events.ev_site_zipcode has the type Long instead of Text or Memo",
        "column events.ev_time has the type Date/Time instead of Integer or Long",
        "column events.inj_tot_t has the type Double instead of Byte or Integer or Long",
    ]  # fmt: skip


def test_undocumented_types_may_be_texts_or_numbers_but_not_dates(database: Connection) -> None:
    assert drift(database, "tblfirsthalf", pilot_fatal="Text", docket_no="Long", date_occurrence="Date/Time") == []
    assert [
        sentence.split()[1]
        for sentence in drift(
            database, "tblfirsthalf", pilot_fatal="Date/Time", docket_no="Date/Time", date_occurrence="Text"
        )
    ] == ["tblfirsthalf.date_occurrence", "tblfirsthalf.docket_no", "tblfirsthalf.pilot_fatal"]
