-- needs: nothing
-- History of published rows: its tables, written at each publication, and the lookup of a release. Safe to run again.
create schema if not exists history;

create table if not exists history.change (
    number integer primary key,
    release_from text,
    release_to text not null,
    files jsonb not null
);
comment on table history.change is
'One row per change of the current release, numbered from 1; release_from is null for the first release of a database.';
comment on column history.change.files is
'{source: fingerprint} of the source files in release_to. The next publication compares only files whose fingerprint differs.';

create table if not exists history.row_version (
    change integer not null,
    table_name text not null,
    row_key text not null,
    ev_id text,
    kind text not null check (kind in ('new', 'revised', 'withdrawn', 'moved')),
    era text,
    source_file text,
    source_row bigint,
    earlier jsonb,
    later jsonb
);
-- No primary key and no foreign key: a new edition of a base file may revise hundreds of thousands of rows, and appending to
-- this index is cheaper.
create index if not exists row_version_change on history.row_version (change, table_name, kind);
create index if not exists row_version_ev_id on history.row_version (ev_id) where kind <> 'moved';
comment on table history.row_version is
'One row per published row that a change affected, before and after it. kind moved: same content, other source file or row.';
comment on column history.row_version.row_key is
'The primary key without source_file, as a JSON array; in tables keyed by source row, the row number.';
comment on column history.row_version.era is 'Era of the earlier row, as are source_file and source_row; null for new rows.';
comment on column history.row_version.earlier is 'The earlier row without derived columns; null for new and moved rows.';
comment on column history.row_version.later is 'The row that replaced it, without derived columns; null for withdrawn and moved rows.';

create table if not exists history.moved_run (
    change integer not null,
    table_name text not null,
    era text not null,
    source_file text not null,
    first_row bigint not null,
    last_row bigint not null,
    rows bigint not null,
    earlier_file text not null,
    earlier_row bigint not null,
    earlier_era text not null
);
create index if not exists moved_run_change on history.moved_run (change, table_name);
comment on table history.moved_run is
'One row per run of consecutive rows that a change moved together: same content, other source file or row. Where only few rows '
'of a table moved, they are in row_version instead.';
comment on column history.moved_run.first_row is 'source_row of the first row of the run in release_to; last_row is that of the last.';
comment on column history.moved_run.earlier_row is
'source_row of the first row of the run in release_from; the other rows follow it without gaps.';
comment on column history.moved_run.rows is
'Published rows in the run: an era with queries of its own derives several rows from one source row.';

create table if not exists history.event_version (
    ev_id text not null,
    change integer not null references history.change (number) on delete cascade,
    kind text not null,
    era text,
    release_from text not null,
    release_to text not null,
    content_hash text,
    next_content_hash text,
    rows jsonb,
    primary key (ev_id, change)
);
alter table history.event_version drop constraint if exists event_version_kind_check,
add constraint event_version_kind_check check (kind in ('new', 'revised', 'withdrawn', 'source'));
create index if not exists event_version_change on history.event_version (change);
comment on table history.event_version is
'One row per event that a change added, revised or withdrew, with its rows in release_from. kind source: the event comes from the '
'Enterprise API instead of an Access file, or the reverse, and differs only in what these are known to differ in.';
comment on column history.event_version.content_hash is
'md5 over all rows of the event in release_from, in all tables with ev_id, by column name, without era, source_file and '
'source_row; null for new events.';
comment on column history.event_version.next_content_hash is 'The same over its rows in release_to; null for withdrawn events.';
comment on column history.event_version.rows is '{table: [row, ...]}: all its rows in release_from; null for new events.';

create or replace view history.field_change as
select
    version.change, change.release_from, change.release_to, version.table_name, version.row_key, version.ev_id,
    version.kind, field.column_name, version.earlier -> field.column_name as old, version.later -> field.column_name as new
from history.row_version as version
inner join history.change on change.number = version.change
cross join lateral (
    select name as column_name
    from jsonb_object_keys(coalesce(version.later, version.earlier)) as name
    where
        name not in ('era', 'source_file', 'source_row')
        and (
            version.kind = 'revised' and version.earlier ? name
            and version.earlier -> name is distinct from version.later -> name
            or version.kind in ('new', 'withdrawn') and coalesce(version.later, version.earlier) -> name <> 'null'
        )
) as field
where version.kind <> 'moved' and not exists (
    select from history.event_version as event
    where event.ev_id = version.ev_id and event.change = version.change and event.kind = 'source'
);
comment on view history.field_change is
'One row per column value that a change added, revised or withdrew; of new and withdrawn rows, every value that is not null. Without '
'events that only come from another kind of source.';

-- Number of the change that replaced a release; for the current release, one more than the last change. The newest where a
-- release was current several times.
create or replace function history.change_number(release text) returns integer
language plpgsql stable as $$
declare
    replaced_by integer;
begin
    select greatest(max(number) filter (where release_from = release), max(number + 1) filter (where release_to = release))
    into replaced_by
    from history.change;
    if replaced_by is null then
        raise exception 'history: expected a release that this database has published, found %', release
            using hint = 'known releases: ' || coalesce((select string_agg(distinct release_to, ', ') from history.change), 'none');
    end if;
    if exists (
        select from (
            select number, release_from, lag(release_to) over (order by number) as previous from history.change
            union all
            select max(number) + 1, (select id from audit.release where is_current), (array_agg(release_to order by number desc))[1]
            from history.change
        ) as change
        where number >= replaced_by and number > 1 and release_from <> previous
    ) then
        raise exception 'history: expected every change since release %, found a gap', release
            using hint = 'build the release again from its snapshot (audit.release), in a separate store';
    end if;
    return replaced_by;
end
$$;
