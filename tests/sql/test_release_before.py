"""The release before the current one after publications, repeated publications and rollbacks."""

import pytest
from psycopg2.extensions import connection as Connection

from pipeline.warehouse.release.publication_log import record_publication, release_stack
from pipeline.warehouse.release.rollback import release_before

A, B, C, D = (letter * 12 for letter in "abcd")


def walk(database: Connection, steps: str) -> None:
    """Publishes (`A`) and restores (`<A`) releases, named by letters, in turn."""
    before = None
    with database.cursor() as cursor:
        for step in steps.split():
            release = step[-1].lower() * 12
            cursor.execute(
                "insert into audit.release select %s, 's', count(*), false, '[]' from audit.release "
                "on conflict do nothing",
                (release,),
            )
            record_publication(cursor, "rollback" if "<" in step else "publish", before, release, [])
            before = release
        cursor.execute("update audit.release set is_current = id = %s", (before,))


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ("A", None),
        ("A B", A),
        ("A B C", B),
        # Published again: the release that was current just before, not the one before its first publication.
        ("A B C B", C),
        ("A B C A", C),
        ("A B B", A),
        # Two rollbacks in a row go back two releases, at most to the first.
        ("A B C <B", A),
        ("A B C <B <A", None),
        ("A B C <A", None),
        ("A B C B <C", B),
        ("A B C B <C <B", A),
        # Forward again, by a rollback with an id or by a publication.
        ("A B C <B <C", B),
        ("A B C <B C", B),
        ("A B C <A <C", A),
        ("A B C <B D", B),
    ],
)
def test_the_release_before(database: Connection, steps: str, expected: str | None) -> None:
    walk(database, steps)
    with database.cursor() as cursor:
        assert release_before(cursor) == expected


def test_a_release_that_is_not_kept_is_skipped(database: Connection) -> None:
    walk(database, "A B C D")
    with database.cursor() as cursor:
        cursor.execute(
            "insert into audit.release_relation (release, target_schema, name, oid, fingerprint) "
            "values (%s, 'ntsb', 'dropped', 1, '')",
            (C,),
        )
        assert release_before(cursor) == B
        assert release_stack(cursor) == [A, B, C, D]


def test_a_log_that_starts_after_the_first_release(database: Connection) -> None:
    walk(database, "A B C")
    with database.cursor() as cursor:
        cursor.execute("delete from audit.publication_log where sequence < 3")
        assert release_stack(cursor) == [B, C]
        assert release_before(cursor) == B
        cursor.execute("delete from audit.publication_log")
        assert release_before(cursor) is None
