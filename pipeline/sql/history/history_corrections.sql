-- needs: history.change
-- Reviewed corrections that differ between two releases.
create table if not exists history.correction_change (
    change integer not null references history.change (number) on delete cascade,
    kind text not null check (kind in ('applied', 'withdrawn')),
    table_name text not null,
    row_key text not null,
    column_name text not null,
    correction_id text not null,
    value_before text,
    value_after text,
    ev_id text,
    source text not null,
    reviewer text not null,
    review_date date not null,
    primary key (change, table_name, row_key, column_name, kind)
);
create index if not exists correction_change_ev_id on history.correction_change (ev_id);
comment on table history.correction_change is
'One row per value that a reviewed correction changes in one of the two releases of a change only, or otherwise than in the other.';
comment on column history.correction_change.kind is
'applied: release_to has the correction; withdrawn: release_from had it.';
comment on column history.correction_change.row_key is 'Primary key of the row, as in history.row_version.';
comment on column history.correction_change.value_before is 'Value in the source, as text.';
comment on column history.correction_change.value_after is 'Value that the correction gives, as text.';

-- Records the differences between the lists of corrections of two releases; both have the columns of audit.applied_correction.
create or replace function history.record_corrections(change integer, earlier regclass, later regclass) returns void
language plpgsql as $body$
begin
    execute format(
        $query$
        with earlier as (select %1$s from %2$s), later as (select %1$s from %3$s)
        insert into history.correction_change
        select %4$s, kind, %1$s
        from (
            (select 'applied' as kind, * from later except select 'applied', * from earlier)
            union all
            (select 'withdrawn', * from earlier except select 'withdrawn', * from later)
        ) as differing
        $query$,
        'table_name, row_key, column_name, correction_id, value_before, value_after, ev_id, source, reviewer, review_date',
        earlier, later, change);
end
$body$;
