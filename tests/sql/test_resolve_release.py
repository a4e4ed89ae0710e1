"""The release that `rollback` restores: an id, a unique prefix of one, or the release before the current one."""

import re

import pytest
from psycopg2.extensions import connection as Connection
from test_release_before import A, B, C, walk

from pipeline.errors import PipelineError
from pipeline.warehouse.release.rollback import resolve_release

ALIKE = "aab0aab0aab0"


@pytest.fixture
def kept(database: Connection) -> Connection:
    """Three releases, of which the last is current, and one that shares a prefix with another."""
    walk(database, "A B C")
    with database.cursor() as cursor:
        cursor.execute("insert into audit.release values (%s, 's', 9, false, '[]')", (ALIKE,))
    return database


@pytest.mark.parametrize(
    ("wanted", "expected"), [("", B), (A, A), ("b", B), ("bbb", B), ("aaa", A), ("aab", ALIKE), (ALIKE, ALIKE)]
)
def test_an_id_or_a_unique_prefix(kept: Connection, wanted: str, expected: str) -> None:
    with kept.cursor() as cursor:
        assert resolve_release(cursor, C, wanted) == expected


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ("nonsense", "found nonsense, a prefix of none of them;"),
        ("aa", f"found aa, a prefix of ({A} and {ALIKE}|{ALIKE} and {A});"),
        (C, f"found the current release, {C};"),
        ("cc", f"found the current release, {C};"),
        ("%", "found %, a prefix of none of them;"),
    ],
)
def test_no_match_or_several_is_an_error(kept: Connection, wanted: str, message: str) -> None:
    with kept.cursor() as cursor, pytest.raises(PipelineError, match=message) as caught:
        resolve_release(cursor, C, wanted)
    assert all(release in str(caught.value) for release in (A, B, ALIKE))
    # Following the advice: "name one".
    named = re.findall(r"kept releases \((.*?)\).*; name one, or run", str(caught.value))[0].split(", ")
    with kept.cursor() as cursor:
        assert [resolve_release(cursor, C, release) for release in named] == named
    assert "keep_releases" in str(caught.value)


def test_no_earlier_release_is_an_error(database: Connection) -> None:
    walk(database, "A")
    with database.cursor() as cursor, pytest.raises(PipelineError, match="found no earlier release;"):
        resolve_release(cursor, A, "")
