"""Creating objects of users again never runs their functions with the privileges of the role that publishes."""

from collections.abc import Iterator

import pytest
from psycopg2.extensions import connection as Connection
from user_objects import ALABAMA, ALASKA, Releases

from pipeline.errors import PipelineError

# A function that takes on the role of the session, if it may, and records which role it could act as.
ESCAPE = """
create table ann.acted_as (role text);
create function ann.escape(value anyelement) returns boolean language plpgsql as $$
begin
    if session_user <> current_user then
        perform set_config('role', 'none', true);
        insert into ann.acted_as values (current_user);
        perform set_config('role', 'ann', true);
    end if;
    return true;
end $$;
create domain ann.checked as integer check (ann.escape(value));
create type ann.span as range (subtype = ann.checked);
create type ann.pair as (first ann.checked);
create domain ann.checked_list as ann.checked [];
create type ann.word as (value text);
create function ann.as_text(ann.word) returns text language sql as 'select ''AK''::text where ann.escape(1)';
create cast (ann.word as text) with function ann.as_text(ann.word) as implicit
"""


@pytest.fixture
def releases(database: Connection) -> Iterator[Releases]:
    """One release, with the schema of a user, ann, who has a function that takes on other roles."""
    releases = Releases(database)
    releases.query("create role ann; create schema ann authorization ann")
    releases.publish(ALASKA)
    releases.query("grant usage on schema ntsb to ann; grant select, references on ntsb.regions to ann")
    releases.query(f"set role ann; {ESCAPE}; reset role")
    yield releases
    releases.query("reset role; drop owned by ann cascade; drop role ann")


@pytest.mark.parametrize(
    ("statement", "description"),
    [
        ("create view ann.x as select '{1}'::ann.checked [] as x from ntsb.regions", "view ann.x"),
        ("create view ann.x as select '[1,2]'::ann.span as x from ntsb.regions", "view ann.x"),
        ("create view ann.x as select '{[1,2]}'::ann.span_multirange as x from ntsb.regions", "view ann.x"),
        ("create view ann.x as select '(1)'::ann.pair as x from ntsb.regions", "view ann.x"),
        ("create view ann.x as select '{1}'::ann.checked_list as x from ntsb.regions", "view ann.x"),
        (
            "create view ann.first as select code from ntsb.regions;"
            "create view ann.x as select '{1}'::ann.checked [] as x from ann.first",
            "view ann.x",
        ),
        (
            "create materialized view ann.x as select code from ntsb.regions;"
            "create index on ann.x (code) where '{1}'::ann.checked [] is not null",
            "materialized view ann.x",
        ),
        (
            "create function ann.x() returns bigint "
            "begin atomic select count(*) from ntsb.regions where '{1}'::ann.checked [] is not null; end",
            r"function ann.x\(\)",
        ),
        (
            "create table ann.note (code text); create policy x on ann.note "
            "using (code in (select code from ntsb.regions where '{1}'::ann.checked [] is not null))",
            "policy x on table ann.note",
        ),
        (
            "create table ann.note (code ann.word constraint x references ntsb.regions); "
            "insert into ann.note values ('(AK)')",
            "constraint x on table ann.note",
        ),
        (
            "create table ann.note (code text constraint x references ntsb.regions); "
            "insert into ann.note values ('AK'); "
            "alter table ann.note enable row level security, force row level security; "
            "create policy sees on ann.note using (ann.escape(code))",
            "constraint x on table ann.note",
        ),
    ],
)
def test_an_object_that_may_run_a_function_of_its_owner_is_named(
    releases: Releases, statement: str, description: str
) -> None:
    releases.query(f"set role ann; {statement}; reset role; delete from ann.acted_as")
    with pytest.raises(PipelineError, match=rf"publication: .*{description} \(not supported\)"):
        releases.publish(ALASKA, ALABAMA)
    assert releases.query("select role from ann.acted_as") == []


def test_a_view_of_columns_whose_type_is_of_a_user_follows(releases: Releases) -> None:
    releases.query(
        """
        set role ann;
        create type ann.size as enum ('small', 'large');
        create table ann.sizes (code text, size ann.size);
        insert into ann.sizes values ('AK', 'large');
        create view ann.sized as select code, size from ntsb.regions inner join ann.sizes using (code);
        reset role
        """
    )
    releases.publish(ALASKA, ALABAMA)
    assert releases.query("select * from ann.sized") == [("AK", "large")]
