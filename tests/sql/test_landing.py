"""What landing adds to the rows of mdb-export."""

from pathlib import Path

import pytest
from psycopg2.extensions import connection as Connection
from tables import rows

from pipeline.access import empty, landing


@pytest.mark.parametrize(
    ("found", "wanted"),
    [
        ({"Town": [2], "State Code": [1, 2]}, [("Rome", ""), ("", ""), (None, None)]),
        ({"Town": [3], "State Code": []}, [("Rome", None), (None, None), ("", None)]),
        ({"Town": [], "State Code": []}, [("Rome", None), (None, None), (None, None)]),
    ],
)
def test_empty_strings_are_restored_in_all_columns_of_a_row(
    database: Connection, monkeypatch: pytest.MonkeyPatch, found: dict[str, list[int]], wanted: list[tuple[str, str]]
) -> None:
    monkeypatch.setattr(empty, "empty_strings", lambda path, name: found)
    with database.cursor() as cursor:
        cursor.execute(
            "create table places (source_row bigint generated always as identity, town text, state_code text)"
        )
        cursor.execute("insert into places (town) values ('Rome'), (null), (null)")
        landing.restore_empty_strings(cursor, Path("any.mdb"), landing.RawTable("Places", ("Town", "State Code"), 3))
    assert rows(database, "select town, state_code from places order by source_row") == wanted
