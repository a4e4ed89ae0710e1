"""Comments on columns: our description before NTSB's text, and inheritance from the relations that a view reads."""

from collections.abc import Iterator
from pathlib import Path

import psycopg2
import pytest
from psycopg2.extensions import connection as Connection
from tables import load, rows

from pipeline.postgres.connection import Cursor
from pipeline.warehouse import column_comments, merge

COMMENTS = """
    select attname, col_description(attrelid, attnum) from pg_attribute
    where attrelid = %s::regclass and attnum > 0 and col_description(attrelid, attnum) is not null
"""
DICTIONARY = """
    | table  | column | short_desc    | question_def                 |
    | Events | EV_ID  | Event         | Identifies the event         |
    | events | ev_id  | Another title |                              |
    | events | ev_year| Year          |                              |
    | aircraft| ev_id | Aircraft      |                              |
"""
DESCRIPTIONS = """column,description
plain,"One, two."
engine{1|2}_tso,"Time of engine {}, in hours."
{a|b}_end,First {}.
"""


@pytest.fixture
def cursor(database: Connection) -> Iterator[Cursor]:
    """With two cast files, the last of which has a data dictionary without rows, and an empty table of events."""
    with database.cursor() as cursor:
        for schema in ("typed_avall", "typed_up08nov"):
            cursor.execute(f"create schema {schema}")
            cursor.execute(f"create table {schema}.eadmspub_datadictionary (like contract.eadmspub_datadictionary)")
        cursor.execute("set search_path = candidate, contract, public")
        cursor.execute("create table candidate.events (like contract.events including generated)")
        load(database, "typed_avall.eadmspub_datadictionary", DICTIONARY)
        yield cursor


def comments(cursor: Cursor, relation: str) -> dict[str, str]:
    """{column: comment} of the columns that have one."""
    return dict(rows(cursor.connection, COMMENTS, relation))


def test_a_pattern_describes_each_of_its_columns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(column_comments, "FOLDER", tmp_path)
    (tmp_path / "shared.csv").write_text("column,description\nera,Files.\nplain,Shared.\n")
    (tmp_path / "crew.csv").write_text(DESCRIPTIONS)
    assert column_comments.descriptions("crew") == {
        **{"era": "Files.", "plain": "One, two.", "a_end": "First a.", "b_end": "First b."},
        **{f"engine{number}_tso": f"Time of engine {number}, in hours." for number in (1, 2)},
    }
    assert column_comments.descriptions("other") == {"era": "Files.", "plain": "Shared."}


def test_ntsb_s_text_follows_the_description(cursor: Cursor) -> None:
    merge.add_comments(cursor, "events", [])
    described = comments(cursor, "candidate.events")
    merge.add_comments(cursor, "events", ["avall", "up08NOV"])
    commented = comments(cursor, "candidate.events")
    assert commented["ev_id"] == described["ev_id"] + " NTSB's dictionary: Event. Identifies the event"
    # NTSB's column ev_year is published as ev_year_ntsb; ev_year is derived.
    assert commented["ev_year_ntsb"] == described["ev_year_ntsb"] + " NTSB's dictionary: Year"
    changed = {name for name in commented if commented[name] != described.get(name)}
    assert changed == {"ev_id", "ev_year_ntsb"}


@pytest.fixture
def view(cursor: Cursor, tmp_path: Path) -> Path:
    """The file of a view of two tables, created as candidate.totals."""
    cursor.execute("create table candidate.a (x integer, y integer); create table candidate.b (x integer, z integer)")
    cursor.execute("comment on column candidate.a.x is 'A.x.'; comment on column candidate.b.x is 'B.x.'")
    cursor.execute("comment on column candidate.b.z is 'B.z.'")
    path = tmp_path / "totals.sql"
    path.write_text("-- needs: a, b\n-- grain: one row\n-- kind: view\n-- column: y The larger: its unit.\nselect\n")
    cursor.execute("create view candidate.totals as select a.x, y, z, 1 as n from candidate.a cross join candidate.b")
    return path


def test_a_column_is_described_or_inherits_the_comment_of_the_first_relation_with_one(
    cursor: Cursor, view: Path
) -> None:
    column_comments.comment_view(cursor, "totals", view)
    assert comments(cursor, "candidate.totals") == {"x": "A.x.", "y": "The larger: its unit.", "z": "B.z."}


def test_a_description_replaces_what_would_be_inherited(cursor: Cursor, view: Path) -> None:
    path = view.with_name("other.sql")
    path.write_text(view.read_text() + "-- column: x Own.\n")
    column_comments.comment_view(cursor, "totals", path)
    assert comments(cursor, "candidate.totals")["x"] == "Own."


def test_a_candidate_without_comments_is_described_by_the_published_relation(cursor: Cursor, view: Path) -> None:
    """As in an incremental update, where the candidate of a table is a view."""
    cursor.execute("create schema published; create table published.a (x integer, y integer)")
    cursor.execute("comment on column published.a.x is 'Published.'; comment on column candidate.a.x is null")
    cursor.execute("set search_path = candidate, published")
    column_comments.comment_view(cursor, "totals", view)
    assert comments(cursor, "candidate.totals")["x"] == "Published."


def test_a_description_of_a_column_that_does_not_exist_is_an_error(cursor: Cursor, view: Path) -> None:
    path = view.with_name("wrong.sql")
    path.write_text(view.read_text() + "-- column: missing Text.\n")
    with pytest.raises(psycopg2.errors.UndefinedColumn, match="missing"):
        column_comments.comment_view(cursor, "totals", path)
