"""Which release a word of the command line means: a name, its beginning, or none at all."""

import pytest
from psycopg2.extensions import connection as Connection
from test_release_before import A, B, C, walk

from pipeline.errors import PipelineError
from pipeline.warehouse.release.rollback import resolve_release

ALIKE = "aab0aab0aab0"


@pytest.fixture
def kept(database: Connection) -> Connection:
    """Three releases, the last is current, and one whose name begins as another's does."""
    walk(database, "A B C")
    with database.cursor() as cursor:
        cursor.execute("insert into audit.release values (%s, 's', 9, false, '[]')", (ALIKE,))
    return database


@pytest.mark.parametrize(
    ("wanted", "expected"), [("", B), (A, A), ("b", B), ("bbb", B), ("aaa", A), ("aab", ALIKE), (ALIKE, ALIKE)]
)
def test_a_name_or_its_beginning(kept: Connection, wanted: str, expected: str) -> None:
    with kept.cursor() as cursor:
        assert resolve_release(cursor, C, wanted) == expected


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("nonsense", "found nonsense, a prefix of none of them;"),
        ("aa", f"found aa, a prefix of ({A} and {ALIKE}|{ALIKE} and {A});"),
        (C, f"found the current release, {C};"),
        ("cc", f"found the current release, {C};"),
        ("%", "found %, a prefix of none of them;"),
    ],
)
def test_what_is_none_or_several_is_said(kept: Connection, wanted: str, found: str) -> None:
    with kept.cursor() as cursor, pytest.raises(PipelineError, match=found) as caught:
        resolve_release(cursor, C, wanted)
    assert all(release in str(caught.value) for release in (A, B, ALIKE))
    assert "keep_releases" in str(caught.value)


def test_nothing_to_go_back_to(database: Connection) -> None:
    walk(database, "A")
    with database.cursor() as cursor, pytest.raises(PipelineError, match="found no earlier release;"):
        resolve_release(cursor, A, "")
