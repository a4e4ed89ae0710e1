-- needs: audit.release, audit.load_tracking
-- What was published and rolled back, in order, and when files were. No digest and no fingerprint reads these times.
create table if not exists audit.publication_log (
    sequence integer primary key,
    action text not null check (action in ('publish', 'rollback')),
    from_release text,
    to_release text not null,
    happened timestamptz not null default now()
);
comment on table audit.publication_log is
'One row per change of what readers see, never changed: what was done, which release they saw before and which they see since.';

-- Databases made when the content alone was the key: the same zip under another name has a row of its own.
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
'published: in the release that readers see; earlier: in an earlier release only; removed: its zip is no longer in the archive.';
comment on column audit.load_tracking.last_release is 'The last release that readers saw with rows of this file.';
comment on column audit.load_tracking.last_published is 'When rows of this file were last published, or brought back by a rollback.';
