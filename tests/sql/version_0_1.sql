-- needs: nothing
-- The records of a database of version 0.1, with rows.
create schema audit;
create schema history;

create table audit.relation (
    oid oid primary key,
    stamp text not null,
    shape text not null,
    rows bigint,
    digest text,
    sums numeric [],
    shaped_as oid
);

create table audit.basis (
    oid oid primary key
);

create table audit.bundle (
    schema_name text primary key,
    stamp text not null,
    relations oid [] not null
);

create table audit.release (
    id text primary key,
    snapshot text not null,
    publication integer not null unique,
    is_current boolean not null,
    sources jsonb not null
);

create table audit.release_relation (
    release text not null references audit.release (id) on delete cascade,
    home text not null,
    name text not null,
    oid oid not null,
    stamp text not null,
    rows bigint,
    digest text,
    primary key (release, home, name)
);

create table audit.load_tracking (
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
    primary key (sha256)
);

create table audit.publication_log (
    sequence integer primary key,
    action text not null check (action in ('publish', 'rollback')),
    from_release text,
    to_release text not null,
    happened timestamptz not null default now()
);

create table history.change (
    number integer primary key,
    release_from text,
    release_to text not null,
    files jsonb not null
);

create table history.row_version (
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

create table history.event_version (
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

create table history.moved_run (
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

create unique index release_one_current on audit.release (is_current) where is_current;
create index row_version_change on history.row_version (change, table_name, kind);
create index row_version_ev_id on history.row_version (ev_id) where kind <> 'moved';
create index event_version_change on history.event_version (change);
create index moved_run_change on history.moved_run (change, table_name);

create view history.field_change as
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

insert into audit.relation values (1259, 'f1', 's', 5, 'd', null, null);
insert into audit.bundle values ('raw_avall', 'f2', '{1259}');
insert into audit.release values ('r1', 's1', 1, false, '[]'), ('r2', 's2', 2, true, '[]');
insert into audit.release_relation values ('r2', 'ntsb', 'events', 1259, 'f1', 5, 'd');
insert into audit.load_tracking values ('ab', 'avall', 7, 'published', 5, 4, 1, 0, 'r1', 'r2');
insert into audit.publication_log values (1, 'publish', null, 'r1', '2026-01-01'), (2, 'publish', 'r1', 'r2', '2026-02-01');
insert into history.change values (1, null, 'r1', '{}'), (2, 'r1', 'r2', '{}');
insert into history.row_version values
(2, 'events', '["E1"]', 'E1', 'revised', 'avall', 'avall', 1, '{"ev_id": "E1", "ev_city": "A"}', '{"ev_id": "E1", "ev_city": "B"}');
insert into history.moved_run values (2, 'events', 'avall', 'avall', 2, 3, 2, 'avall', 5, 'avall');
insert into history.event_version values ('E1', 2, 'revised', 'avall', 'r1', 'r2', 'x', 'y', '{"events": [{"ev_id": "E1"}]}');
