-- needs: audit.release, audit.load_tracking
-- Log of publications and rollbacks, and when each file was published. No digest or fingerprint depends on these times.
create table if not exists audit.publication_log (
    sequence integer primary key,
    action text not null check (action in ('publish', 'rollback')),
    from_release text,
    to_release text not null,
    happened timestamptz not null default now()
);
comment on table audit.publication_log is
'One row per change of the current release, append-only: the action, the release before it and the release after it.';

-- In early databases sha256 alone was the primary key; now the same zip under another name has its own row.
do $$
begin
    if (select cardinality(conkey) = 1 from pg_constraint where conrelid = 'audit.load_tracking'::regclass and contype = 'p') then
        alter table audit.load_tracking drop constraint load_tracking_pkey, add primary key (sha256, source_file);
    end if;
end
$$;
alter table audit.load_tracking
add column if not exists first_published timestamptz,
add column if not exists last_published timestamptz;
comment on column audit.load_tracking.status is
'published: in the current release; earlier: in earlier releases only; removed: the zip is no longer in the archive.';
comment on column audit.load_tracking.last_release is 'The last release with rows of this file.';
comment on column audit.load_tracking.last_published is 'When rows of this file were last published or restored by a rollback.';
