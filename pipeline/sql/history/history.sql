-- needs: nothing
-- What releases used to say, row by row; written at each publication. Safe to run again.
create schema if not exists history;

create table if not exists history.change (
    number integer primary key,
    release_from text,
    release_to text not null,
    files jsonb not null
);
comment on table history.change is
'One row per time that readers got another release, counted upwards; release_from is null for the first release of a database.';
comment on column history.change.files is
'Fingerprint of each typed file of release_to: what the next publication need not compare.';

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
-- No key over row_key and no foreign key: a new base may revise hundreds of thousands of rows, and this index grows at its end.
create index if not exists row_version_change on history.row_version (change, table_name, kind);
create index if not exists row_version_ev_id on history.row_version (ev_id) where kind <> 'moved';
comment on table history.row_version is
'One row per published row that a change touched, before and after it. moved: the same content from another place in the files.';
comment on column history.row_version.row_key is
'The primary key without source_file as a JSON array; in tables keyed by line, the number of the line.';
comment on column history.row_version.era is 'Of the earlier row, as are source_file and source_row; null where there was none.';
comment on column history.row_version.earlier is 'The earlier row, less derived columns; null where there was none, and where it moved.';
comment on column history.row_version.later is 'The row that took its place; null where none did, and where it moved.';

create table if not exists history.event_version (
    ev_id text not null,
    change integer not null references history.change (number) on delete cascade,
    kind text not null check (kind in ('new', 'revised', 'withdrawn')),
    era text,
    release_from text not null,
    release_to text not null,
    content_hash text,
    next_content_hash text,
    rows jsonb,
    primary key (ev_id, change)
);
create index if not exists event_version_change on history.event_version (change);
comment on table history.event_version is
'One row per event that a change made, revised or withdrew: what release_from held and release_to does not hold any more.';
comment on column history.event_version.content_hash is
'md5 over all rows of the event in all tables with ev_id, by column, without era, source_file, source_row; null where there was no event.';
comment on column history.event_version.next_content_hash is 'The same of the rows in release_to; null where the event is withdrawn.';
comment on column history.event_version.rows is '{table: [row, ...]}: all earlier rows in full; null where there was no event.';

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
where version.kind <> 'moved';
comment on view history.field_change is
'One row per value that a change brought, changed or took; of new and withdrawn rows every value that is not missing.';
