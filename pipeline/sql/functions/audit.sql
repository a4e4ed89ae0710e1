-- needs: nothing
-- Schemas of the pipeline, and its own records: signed relations, releases, loaded files. Safe to run again.
create schema if not exists audit;
create schema if not exists candidate;
create schema if not exists ntsb;
create schema if not exists staging;
create schema if not exists mart;
create schema if not exists history;
create schema if not exists code_mappings;

-- An update that version 0.1 did not finish; only its schema of that name has the table `touched`.
do $$
begin
    if to_regclass('revision.touched') is not null then
        drop schema revision cascade;
        delete from audit.basis;
    end if;
end
$$;

-- Columns of databases that version 0.1 prepared.
do $$
declare
    renamed record;
begin
    for renamed in
        select attrelid::regclass as relation, renames.old_name, renames.new_name
        from pg_attribute
        inner join (values ('stamp', 'fingerprint'), ('home', 'target_schema')) as renames (old_name, new_name)
            on attname = renames.old_name
        where attrelid in (to_regclass('audit.relation'), to_regclass('audit.bundle'), to_regclass('audit.release_relation'))
            and not attisdropped
    loop
        execute format('alter table %s rename column %I to %I', renamed.relation, renamed.old_name, renamed.new_name);
    end loop;
end
$$;

-- `create or replace` cannot rename a parameter, so functions that nothing depends on are dropped and created again.
do $$
declare
    unused record;
begin
    for unused in
        select oid::regprocedure as name from pg_proc
        where prokind = 'f' and pronamespace in (to_regnamespace('audit'), to_regnamespace('history'))
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
'One row per signed relation: the fingerprint of the task that created it, and its shape, row count and row digest at that time.';
comment on column audit.relation.shaped_as is 'For the view that replaces a table during an incremental update: that table.';
comment on column audit.relation.sums is
'Two sums of row hashes, from which the digest is computed. They are additive: added and removed rows update them without a scan.';

create table if not exists audit.basis (
    oid oid primary key
);
comment on table audit.basis is
'One row per published table that the incremental update in progress is based on. The update is invalid once one is modified.';

create table if not exists audit.bundle (
    schema_name text primary key,
    fingerprint text not null,
    relations oid [] not null
);
comment on table audit.bundle is
'One row per schema that a task fills as a whole (raw_*, typed_*, contract): the fingerprint of the task and the oids of its relations.';

create table if not exists audit.release (
    id text primary key,
    snapshot text not null,
    publication integer not null unique,
    is_current boolean not null,
    sources jsonb not null
);
comment on table audit.release is
'One row per published release. id: digest of the rows of all ntsb tables; publication: sequence number; sources: files of the snapshot.';
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
'One row per relation of a release: schema and name under which it is published, fingerprint, row count and row digest.';

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
'One row per name and content (sha256) of a zip: how many of its rows the last release that used it published, quarantined or superseded.';
