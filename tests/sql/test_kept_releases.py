"""Releases that are kept: the given number, and the current one in any case."""

import pytest
from psycopg2.extensions import connection as Connection
from test_release_before import A, B, C, walk

from pipeline.warehouse.release import storage


@pytest.mark.parametrize(("keep", "expected"), [(2, [C, B, A]), (1, [C, B]), (0, [C]), (-1, [C]), (-7, [C])])
def test_the_current_release_is_always_kept(database: Connection, keep: int, expected: list[str]) -> None:
    walk(database, "A B C")
    with database.cursor() as cursor:
        assert storage.releases_to_keep(cursor, keep) == expected
        cursor.execute(f"create schema ntsb_{B}; create schema ntsb_{C}")
        assert C not in storage.surplus_releases(cursor, keep)
