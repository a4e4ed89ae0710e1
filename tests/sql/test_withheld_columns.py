"""Columns that name persons are left out of bundles and pages by one list."""

from psycopg2.extensions import connection as Connection

from pipeline.export.bundle_files import WITHHELD
from pipeline.warehouse.overlay.evaluate import UNAPPLIED
from tests.architecture.tree import REPOSITORY


def test_pages_and_bundles_withhold_the_same_columns(database: Connection) -> None:
    with database.cursor() as cursor:
        cursor.execute(
            "select attname from pg_attribute where attrelid in (select oid from pg_class where relkind = 'r' and "
            "relnamespace = 'contract'::regnamespace) and mart.is_withheld(attname)"
        )
        withheld = {name for (name,) in cursor.fetchall()}
    assert withheld == WITHHELD


def test_the_page_on_data_quality_has_no_value_of_a_withheld_column_that_was_not_corrected(
    database: Connection,
) -> None:
    query = (REPOSITORY / "reports" / "quality" / "queries" / "unapplied_corrections.sql").read_text()
    insert = (
        "insert into unapplied_correction values (%s, 'value', 'aircraft', '[\"E1\", 1]', %s, 'Jane Roe', "
        "'Roe, Jane', repeat('é', 61), 'value differs', 'x', 's', 'r', '2026-01-01')"
    )
    with database.cursor() as cursor:
        cursor.execute(f"begin; set local search_path = audit, mart, public; {UNAPPLIED}")
        for column in sorted({*WITHHELD, "acft_make"}):
            cursor.execute(insert, (column, column))
        cursor.execute(query)
        rows = {row[3]: row[4:7] for row in cursor.fetchall()}
    assert rows.pop("acft_make") == ("'Roe, Jane'", "'Jane Roe'", f"'{'é' * 59}…'")
    assert rows == dict.fromkeys(WITHHELD, ("withheld",) * 3)


def test_the_page_on_data_quality_has_no_flagged_value_of_a_withheld_column(database: Connection) -> None:
    query = (REPOSITORY / "reports" / "quality" / "queries" / "flags.sql").read_text()
    insert = "insert into flag values ('text_cut', 'avall', 'aircraft', %s, 1, 'E1 1', 'Jane Roe')"
    with database.cursor() as cursor:
        cursor.execute(
            "begin; set local search_path = pg_temp, mart, public; "
            "create temp table flag (flag text, source_file text, source_table text, source_column text, "
            "source_row bigint, key text, value text)"
        )
        for column in ("Owner_Acft", "acft_make"):
            cursor.execute(insert, (column,))
        cursor.execute(query)
        examples = {row[3]: row[5] for row in cursor.fetchall()}
        cursor.execute("rollback")
    assert examples == {"Owner_Acft": "E1 1 = withheld", "acft_make": "E1 1 = 'Jane Roe'"}


def test_a_value_is_cut_only_where_it_is_longer_and_the_cut_is_marked(database: Connection) -> None:
    values = ["", "abcd", "abcde", "abcdef", "éééééé", None]
    with database.cursor() as cursor:
        cursor.execute("select array(select mart.shorten(value, 5) from unnest(%s) as value)", (values,))
        assert cursor.fetchone() == (["", "abcd", "abcde", "abcd…", "éééé…", None],)
