-- needs: nothing
-- What the pipeline knows about itself: signatures of relations, releases, loads. Safe to run again.
create schema if not exists audit;
create schema if not exists candidate;
create schema if not exists ntsb;
create schema if not exists mart;
create schema if not exists history;
create schema if not exists code_mappings;

-- An update that version 0.1 did not finish.
drop schema if exists revision cascade;

-- Columns of databases that version 0.1 prepared.
do $$
declare
    renamed record;
begin
    for renamed in
        select attrelid::regclass as relation, earlier.name as old_name, earlier.new_name
        from pg_attribute
        inner join (values ('stamp', 'fingerprint'), ('home', 'target_schema')) as earlier (name, new_name) on attname = earlier.name
        where attrelid in (to_regclass('audit.relation'), to_regclass('audit.bundle'), to_regclass('audit.release_relation'))
            and not attisdropped
    loop
        execute format('alter table %s rename column %I to %I', renamed.relation, renamed.old_name, renamed.new_name);
    end loop;
end
$$;

-- `create or replace` cannot rename a parameter, so functions that nothing depends on are created anew.
do $$
declare
    unused record;
begin
    for unused in
        select oid::regprocedure as name from pg_proc
        where pronamespace in (to_regnamespace('audit'), to_regnamespace('history'))
            and not exists (select from pg_depend where refclassid = 'pg_proc'::regclass and refobjid = pg_proc.oid)
    loop
        execute format('drop function %s', unused.name);
    end loop;
end
$$;

create table if not exists audit.relation (
    oid oid primary key,
    fingerprint text not null,
    shape text not null,
    rows bigint,
    digest text
);
alter table audit.relation add column if not exists sums numeric [], add column if not exists shaped_as oid;
comment on table audit.relation is
'One row per relation a step has made and signed: the fingerprint of its step, its shape then, its rows and a digest of them.';
comment on column audit.relation.shaped_as is 'Of a view that stands for a table until publication: that table.';
comment on column audit.relation.sums is
'What the digest is made of: two sums over the rows, so that rows that come and go can be added and taken away.';

create table if not exists audit.basis (
    oid oid primary key
);
comment on table audit.basis is
'One row per published table that a revision in the making stands on: it counts for nothing once one of them is written to.';

create table if not exists audit.bundle (
    schema_name text primary key,
    fingerprint text not null,
    relations oid [] not null
);
comment on table audit.bundle is
'One row per schema that a step fills as a whole (raw_*, typed_*, contract): its fingerprint and the relations it then held.';

create table if not exists audit.release (
    id text primary key,
    snapshot text not null,
    publication integer not null unique,
    is_current boolean not null,
    sources jsonb not null
);
comment on table audit.release is
'One row per published release: id is a digest over the rows of all ntsb tables; publication counts upwards; sources lists the snapshot.';
create unique index if not exists release_one_current on audit.release (is_current) where is_current;

create table if not exists audit.release_relation (
    release text not null references audit.release (id) on delete cascade,
    target_schema text not null,
    name text not null,
    oid oid not null,
    fingerprint text not null,
    rows bigint,
    digest text,
    primary key (release, target_schema, name)
);
comment on table audit.release_relation is
'One row per relation of a release: where readers find it, its fingerprint, its rows and their digest.';

create table if not exists audit.load_tracking (
    sha256 text not null,
    source_file text not null,
    bytes bigint not null,
    status text not null,
    rows_in bigint not null,
    rows_published bigint not null,
    rows_quarantined bigint not null,
    rows_superseded bigint not null,
    first_release text not null,
    last_release text not null,
    primary key (sha256, source_file)
);
comment on table audit.load_tracking is
'One row per name and content (sha256) of a zip: what became of its rows in the last release that used it under that name.';
