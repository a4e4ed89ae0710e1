"""Views, tables and functions of users that depend on published relations follow every publication and rollback."""

import logging
from collections.abc import Iterator
from contextlib import closing

import psycopg2
import pytest
from psycopg2.errors import ForeignKeyViolation
from psycopg2.extensions import connection as Connection
from user_objects import ALABAMA, ALASKA, READS_ELSEWHERE, Releases

from pipeline.errors import PipelineError
from pipeline.warehouse import scores, signatures
from pipeline.warehouse.release import foreign_objects
from targets.relations import Relation

# Everything about a relation that its owner determines, without its oid.
PROPERTIES = """
select relkind, relowner::regrole, reloptions, relacl, obj_description(oid, 'pg_class'), pg_get_viewdef(oid, true),
    array(
        select concat_ws(' ', attname, attacl, col_description(oid, attnum)) from pg_attribute
        where attrelid = class.oid and attnum > 0 order by attnum
    ), array(
        select concat_ws(' ', pg_get_indexdef(indexrelid), obj_description(indexrelid, 'pg_class')) as definition
        from pg_index where indrelid = class.oid order by definition
    )
from pg_class as class
where oid = '{}'::regclass
"""


@pytest.fixture
def releases(database: Connection) -> Iterator[Releases]:
    """One release, with the schema of a user, ann."""
    releases = Releases(database)
    releases.query("create role ann; create schema ann authorization ann")
    releases.publish(ALASKA)
    releases.query("grant usage on schema ntsb, mart to ann; grant select, references on ntsb.regions to ann")
    releases.query("grant select on mart.region_names to ann")
    yield releases
    releases.query("drop owned by ann cascade; drop role ann")


def as_ann(releases: Releases, statements: str) -> None:
    """Executes statements as the user."""
    releases.query(f"set role ann; set search_path = ntsb, mart, ann; {statements}; reset role; reset search_path")


def test_a_view_follows_with_grants_comments_and_options(releases: Releases) -> None:
    as_ann(
        releases,
        """
        create view ann.named with (security_barrier = true) as select code, name || '''s' as "The Name" from regions;
        comment on view ann.named is 'Names';
        comment on column ann.named."The Name" is 'Its name';
        grant select on ann.named to public;
        grant select (code) on ann.named to ntsb_reader with grant option
        """,
    )
    properties = releases.query(PROPERTIES.format("ann.named"))
    ((oid,),) = releases.query("select 'ann.named'::regclass::oid")
    for rows in ((ALASKA, ALABAMA), (ALABAMA,), (ALASKA,)):
        releases.publish(*rows, keep=0)
        assert releases.query("select * from ann.named") == [(code, f"{name}'s") for code, name, _ in rows]
        assert releases.query(PROPERTIES.format("ann.named")) == properties
    assert releases.query("select 'ann.named'::regclass::oid") == [(oid,)]
    assert releases.query(READS_ELSEWHERE) == []


def test_views_on_views_follow(releases: Releases) -> None:
    as_ann(
        releases,
        """
        create view ann.first as select name from region_names;
        create view ann.second as select first.name, regions.area from ann.first inner join regions using (name);
        create view ann.third as select count(*) as n from ann.second
        """,
    )
    releases.publish(ALASKA, ALABAMA)
    assert releases.query("select (select n from ann.third), count(*) from ann.first") == [(2, 2)]
    assert releases.query(READS_ELSEWHERE) == []


def test_a_materialized_view_follows_with_its_index_and_what_reads_it(releases: Releases) -> None:
    as_ann(
        releases,
        """
        create materialized view ann.counted as select name, count(*) as n from region_names group by name;
        create unique index counted_key on ann.counted (name);
        create index on ann.counted (lower(name)) where n > 1;
        comment on index ann.counted_key is 'The key';
        comment on materialized view ann.counted is 'Counts';
        comment on column ann.counted.n is 'Number';
        grant select on ann.counted to ntsb_reader;
        create view ann.reader with (security_barrier = true) as select name collate "C" as name from ann.counted;
        grant select on ann.reader to public;
        create materialized view ann.total as select count(*) as n from ann.reader;
        create materialized view ann.empty as select * from regions with no data
        """,
    )
    names = ("ann.counted", "ann.reader", "ann.total", "ann.empty")
    properties = [releases.query(PROPERTIES.format(name)) for name in names]
    before = releases.query("select id from audit.release where is_current")[0][0]
    for expected, step in ((2, lambda: releases.publish(ALASKA, ALABAMA)), (1, lambda: releases.roll_back(before))):
        step()
        assert releases.query("select count(*), max(total.n) from ann.counted, ann.total") == [(expected, expected)]
        assert [releases.query(PROPERTIES.format(name)) for name in names] == properties
        assert releases.query("select relispopulated from pg_class where relname = 'empty'") == [(False,)]
        releases.query("refresh materialized view concurrently ann.counted")
    assert releases.query(READS_ELSEWHERE) == []


def test_statements_run_with_the_privileges_of_the_owner_only(releases: Releases) -> None:
    """A function of a user must not run with the privileges of the role that publishes."""
    as_ann(
        releases,
        """
        create function ann.who() returns text language sql as 'select current_user::text';
        create materialized view ann.run_by as select ann.who() as role from regions
        """,
    )
    releases.publish(ALABAMA)
    assert releases.query("select role, current_user <> 'ann' from ann.run_by") == [("ann", True)]


def test_an_object_that_is_no_longer_valid_stops_the_publication(releases: Releases) -> None:
    as_ann(
        releases,
        """
        create view ann.area as select area from regions;
        create materialized view ann.large as select * from ann.area where area > 1;
        create view ann.fine as select code from regions
        """,
    )
    before = releases.query("select id from audit.release where is_current")
    with pytest.raises(PipelineError) as error:
        releases.publish(("AL", "Alabama"), columns="code text primary key, name text")
    message = str(error.value)
    assert message.startswith("publication: expected every object that depends on published relations")
    assert "view ann.area (column regions.area does not exist)" in message and "ann.fine" not in message
    assert "change or drop them and run again; the last release stays current" in message
    assert releases.query("select id from audit.release where is_current") == before
    assert releases.query("select area from ann.area") == [(1,)]
    releases.query("drop view ann.area cascade")
    releases.publish(("AL", "Alabama"), columns="code text primary key, name text")
    assert releases.query("select code from ann.fine") == [("AL",)]


def test_an_object_that_the_earlier_release_cannot_have_stops_the_rollback(releases: Releases) -> None:
    columns = "code text primary key, name text, share real"
    after = releases.publish(("AL", "Alabama", 3.5), columns=columns, view="code, share")
    releases.query("create view ann.share as select share from mart.region_names")
    with pytest.raises(
        PipelineError, match=r"rollback: .* view ann.share \(column region_names.share does not exist\)"
    ):
        releases.roll_back()
    assert releases.query("select share from ann.share") == [(3.5,)]
    assert releases.query("select id from audit.release where is_current") == [(after,)]


def test_objects_follow_to_a_table_built_again_with_the_same_rows(releases: Releases) -> None:
    """The release keeps its id, and the earlier copy of the table is dropped."""
    as_ann(releases, "create view ann.named as select name from region_names")
    ((earlier,),) = releases.query("select 'ntsb.regions'::regclass::oid")
    release = releases.query("select id from audit.release where is_current")[0][0]
    assert releases.publish(ALASKA) == release
    assert releases.query("select name from ann.named") == [("Alaska",)]
    assert releases.query(f"select from pg_class where oid = {earlier}") == []
    assert releases.query("select nspname from pg_namespace where nspname ~ '^ntsb_'") == []


def test_rollback_takes_objects_along(releases: Releases) -> None:
    as_ann(releases, "create view ann.named as select name from regions")
    after = releases.publish(ALASKA, ALABAMA)
    releases.roll_back()
    assert releases.query("select name from ann.named") == [("Alaska",)]
    as_ann(releases, "create view ann.later as select code from ann.named inner join regions using (name)")
    releases.roll_back(after)
    assert releases.query("select count(*) from ann.later") == [(2,)]
    assert releases.query(READS_ELSEWHERE) == []
    releases.drop_surplus(0)
    assert releases.query("select count(*) from ann.later") == [(2,)]
    assert releases.kept() == [after]


def test_a_foreign_key_follows_and_stops_a_publication_that_violates_it(releases: Releases) -> None:
    as_ann(
        releases,
        """
        create table ann.note (code text constraint note_key references ntsb.regions on delete cascade, note text);
        comment on constraint note_key on ann.note is 'Region';
        insert into ann.note values ('AK', 'cold')
        """,
    )
    releases.publish(ALASKA, ALABAMA)
    query = """
        select confrelid::regclass::text, pg_get_constraintdef(oid), convalidated, obj_description(oid, 'pg_constraint')
        from pg_constraint where conname = 'note_key'
    """
    definition = "FOREIGN KEY (code) REFERENCES ntsb.regions(code) ON DELETE CASCADE"
    assert releases.query(query) == [("ntsb.regions", definition, True, "Region")]
    with pytest.raises(ForeignKeyViolation):
        releases.query("insert into ann.note values ('ZZ')")
    with pytest.raises(PipelineError, match=r'constraint note_key on table ann.note \(.*"note".*\(code\)=\(AK\)'):
        releases.publish(ALABAMA)
    assert releases.query("select note from ann.note") == [("cold",)]
    releases.roll_back()
    assert releases.query(query) == [("ntsb.regions", definition, True, "Region")]


def test_functions_rules_and_policies_follow(releases: Releases) -> None:
    as_ann(
        releases,
        """
        create function ann.n_regions() returns bigint begin atomic select count(*) from regions; end;
        create table ann.note (code text); alter table ann.note enable row level security;
        create policy known on ann.note to public using (code in (select code from regions))
            with check (exists (select from regions where regions.code = note.code));
        create table ann.log (n bigint);
        create rule counted as on insert to ann.note do also insert into ann.log select count(*) from regions;
        insert into ann.note values ('AK'); create view ann.n as select ann.n_regions() as n
        """,
    )
    ((oid,),) = releases.query("select 'ann.n_regions()'::regprocedure::oid")
    releases.publish(ALASKA, ALABAMA)
    assert releases.query("select n from ann.n") == [(2,)]
    as_ann(releases, "insert into ann.note values ('AL')")
    assert releases.query("select n from ann.log") == [(1,), (2,)]
    assert releases.query("select 'ann.n_regions()'::regprocedure::oid") == [(oid,)]
    assert releases.query(READS_ELSEWHERE) == []


def test_indexes_statistics_triggers_and_privileges_on_published_relations_are_kept(releases: Releases) -> None:
    releases.query(
        """
        create index regions_lower on ntsb.regions (lower(name));
        create statistics ntsb.regions_both on code, name from ntsb.regions;
        create function ann.ignore() returns trigger language plpgsql as 'begin return null; end';
        create trigger ignored after insert on ntsb.regions execute function ann.ignore();
        create trigger off after insert on ntsb.regions execute function ann.ignore();
        alter table ntsb.regions disable trigger off;
        grant select (name) on ntsb.regions to public
        """
    )
    query = """
        select pg_get_indexdef(to_regclass('ntsb.regions_lower')), array(
            select pg_get_statisticsobjdef(oid) from pg_statistic_ext where stxrelid = 'ntsb.regions'::regclass
        ), array(
            select concat(tgname, ' ', tgenabled) from pg_trigger where tgrelid = 'ntsb.regions'::regclass order by 1
        ), (
            select attacl from pg_attribute where attrelid = 'ntsb.regions'::regclass and attname = 'name'
        ), (select relacl from pg_class where oid = 'ntsb.regions'::regclass)
    """
    expected = releases.query(query)
    releases.publish(ALASKA, ALABAMA)
    assert releases.query(query) == expected
    releases.roll_back()
    assert releases.query(query) == expected


@pytest.mark.parametrize(
    ("statement", "description"),
    [
        ("create table ann.more () inherits (ntsb.regions)", "table ann.more"),
        ("create table ann.held (region ntsb.regions)", "table ann.held"),
        ("create table ann.held (region ntsb.regions [])", "table ann.held"),
        (
            "create function ann.all_regions() returns setof ntsb.regions language sql as 'select * from ntsb.regions'",
            r"function ann.all_regions\(\)",
        ),
        ("create publication ann_regions for table ntsb.regions", "publication of table ntsb.regions in publication"),
        ("create policy ann_sees on ntsb.regions", "policy ann_sees on table ntsb.regions"),
    ],
)
def test_an_object_of_another_kind_is_named_and_kept(releases: Releases, statement: str, description: str) -> None:
    releases.query(statement)
    release = releases.query("select id from audit.release where is_current")
    with pytest.raises(PipelineError, match=rf"publication: .*{description} ?.* \(not supported\)"):
        releases.publish(ALABAMA)
    assert releases.query("select id from audit.release where is_current") == release


def test_a_materialized_view_of_the_pipeline_may_become_a_view_or_get_another_key(releases: Releases) -> None:
    releases.publish(ALASKA, key="code")
    releases.publish(ALASKA, ALABAMA, key="name")
    keys = "select indexdef from pg_indexes where schemaname = 'mart' and tablename = 'region_names'"
    assert releases.query(keys) == [("CREATE UNIQUE INDEX region_names_key ON mart.region_names USING btree (name)",)]
    releases.publish(ALASKA)
    assert releases.query(keys) == [] and releases.query("select code from mart.region_names") == [("AK",)]
    releases.roll_back()
    assert len(releases.query(keys)) == 1


def test_an_object_of_a_role_that_may_not_be_assumed_is_named_with_the_grant(releases: Releases) -> None:
    as_ann(releases, "create view ann.named as select name from regions")
    with releases.transaction() as cursor:
        cursor.execute("select 'ntsb.regions'::regclass::oid")
        objects = foreign_objects.dependent_objects(cursor, [oid for (oid,) in cursor.fetchall()])
        foreign_objects.require_recreatable(cursor, objects, "publication")
        cursor.execute("grant usage on schema audit to ntsb_reader; set local role ntsb_reader")
        with pytest.raises(PipelineError, match=r"view ann.named \(owned by ann: `grant ann to ntsb_reader`\)"):
            foreign_objects.require_recreatable(cursor, objects, "publication")


def test_a_release_that_a_view_reads_is_not_dropped(releases: Releases, caplog: pytest.LogCaptureFixture) -> None:
    """Also a view that an earlier version left on the release before."""
    before = releases.query("select id from audit.release where is_current")[0][0]
    releases.publish(ALABAMA)
    releases.query(f"create view ann.past as select * from ntsb_{before}.regions")
    with caplog.at_level(logging.WARNING):
        after = releases.publish(ALASKA, ALABAMA, keep=0)
        releases.drop_surplus(0)
    assert f"release {before} is not dropped" in caplog.text and "view ann.past" in caplog.text
    assert releases.query("select code from ann.past") == [("AK",)]
    releases.query("drop view ann.past")
    releases.drop_surplus(0)
    assert releases.kept() == [after]


def test_a_view_of_a_user_in_a_schema_of_the_pipeline_follows_too(releases: Releases) -> None:
    releases.query("create view mart.my_regions as select count(*) as n from mart.region_names")
    releases.publish(ALASKA, ALABAMA, keep=0)
    assert releases.query("select n from mart.my_regions") == [(2,)]


def test_temporary_objects_of_other_sessions_do_not_stop_a_publication(releases: Releases, server: str) -> None:
    """They end with their session, and only that session could create them again."""
    name = releases.database.info.dbname
    with closing(psycopg2.connect(server, dbname=name)) as session, session.cursor() as cursor:
        cursor.execute(
            """
            create temp view named as select name from ntsb.regions;
            create temp table more () inherits (ntsb.regions);
            create function pg_temp.n_regions() returns bigint begin atomic select count(*) from ntsb.regions; end;
            """
        )
        session.commit()
        for rows in ((ALASKA, ALABAMA), (ALABAMA,), (ALASKA,)):
            releases.publish(*rows, keep=0)
    assert releases.query("select name from ntsb.regions") == [("Alaska",)]


@pytest.mark.parametrize(
    "view",
    [
        """
        select array[name, area::text] as texts, area::numeric(5, 2) as area, name::varchar(9) collate "C" as name
        from ntsb.regions
        """,
        "select count(*) as \"100% 'of' them\" from ntsb.regions where name like '%a'",
        """
        with recursive n as (select 1 as i union all select i + 1 from n where i < 3)
        select code, i from ntsb.regions, n
        """,
        """
        select * from ntsb.regions as a
        left join lateral (select max(code) as top from mart.region_names as b where b.code <= a.code) as c on true
        """,
        "select code from ntsb.regions for update",
    ],
)
def test_views_of_any_form_follow(releases: Releases, view: str) -> None:
    releases.query(f'create view ann."a View" as {view}; create materialized view ann."its %s copy" as {view}')
    releases.query('create view ann.reader as select * from ann."its %s copy"')
    releases.publish(ALASKA, ALABAMA)
    expected = releases.query(f"select count(*) from ({view}) as query")
    for name in ('"a View"', '"its %s copy"', "reader"):
        assert releases.query(f"select count(*) from ann.{name}") == expected
    assert releases.query(READS_ELSEWHERE) == []


@pytest.mark.parametrize("column", ["regions", "array_agg(regions)"])
def test_a_view_with_a_row_type_of_the_release_is_named(releases: Releases, column: str) -> None:
    releases.query(f"create view ann.lines as select {column} as line from ntsb.regions")
    with pytest.raises(PipelineError, match=r'view ann.lines \(cannot change data type of view column "line"'):
        releases.publish(ALASKA, ALABAMA)
    assert releases.query("select count(*) from ann.lines") == [(1,)]


def test_views_on_scores_follow(releases: Releases) -> None:
    relation = Relation("mart", "severity_score", "f" * 16)
    for number in (1, 2):
        with releases.transaction() as cursor:
            cursor.execute("create table candidate.severity_score as select %s as score", (number,))
            signatures.sign_table(cursor, relation)
            scores.replace_published(cursor, relation)
        if number == 1:
            releases.query("create view ann.score as select score from mart.severity_score")
    assert releases.query("select score from ann.score") == [(2,)]
