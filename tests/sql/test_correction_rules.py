"""Bulk rules select the rows that their condition names, whatever its text."""

import json

import pytest
from psycopg2.extensions import connection as Connection

from pipeline.warehouse.overlay import evaluate, load
from pipeline.warehouse.overlay.definitions import Change, Correction

REVIEW = ("manual", "R. Viewer", "2026-11-30", "r.toml:1")
TEXTS = ["100% KIT", "%(id)s x'", "%s", "%%", "% (id)s", "a\\'b", "{0}", "$1", "", None]


def rule(kind: str, where: Change) -> Correction:
    """A rule for the aircraft that a condition selects."""
    changes = (("DEST", "MINR"),) if kind == "mapping" else ()
    from_column = "acft_model" if kind == "copy" else ""
    values = {"changes": changes, "from_column": from_column, "where": where, "rows": 1}
    return Correction("r1", kind, "aircraft", "damage", *REVIEW, **values)


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("kind", ["mapping", "copy"])
def test_the_text_of_a_condition_is_compared_as_it_is(shared_database: Connection, kind: str, text: str | None) -> None:
    with shared_database.cursor() as cursor:
        cursor.execute("begin; set local search_path = pg_temp, public")
        try:
            load.fill_table(cursor, [rule(kind, ("acft_make", text))])
            cursor.execute(evaluate.CREATE_MATCHED)
            cursor.execute("create temp table overlaid as select * from contract.aircraft where false")
            for number, make in enumerate(TEXTS):
                cursor.execute(
                    "insert into overlaid (ev_id, aircraft_key, acft_make, damage, acft_model, source_file) "
                    "values ('E1', %s, %s, 'DEST', 'MINR', 'avall')",
                    (number, make),
                )
            evaluate.match_table(cursor, "aircraft", [])
            cursor.execute("select row_key, value_before, value_after from matched")
            assert cursor.fetchall() == [(json.dumps(["E1", TEXTS.index(text)]), "DEST", "MINR")]
        finally:
            cursor.execute("rollback")
