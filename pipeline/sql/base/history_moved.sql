-- needs: history.row_version, history_compared
-- grain: rows that a new edition of a file moved, run by run.

create table if not exists history.moved_run (
    change integer not null,
    table_name text not null,
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
'One row per run of rows that a change moved together: the same content in another place. Few rows that move are in row_version.';
comment on column history.moved_run.first_row is 'source_row of the first row of the run in release_to; that of the last is last_row.';
comment on column history.moved_run.earlier_row is 'source_row that the first row of the run had in release_from; the others followed it.';
comment on column history.moved_run.rows is 'Rows of the published table in the run: an era with queries of its own makes several of one row of a file.';

-- Writes the moved rows of history_compared as runs; 0 where some that stand in one place came from several.
create or replace function history.keep_runs(change integer, name text) returns bigint
language plpgsql as $body$
declare
    found bigint;
begin
    if exists (
        select from history_compared where kind in ('moved', 'same')
        group by now_file, now_row
        having bool_or(kind = 'moved')
            and (min(was_row) < max(was_row) or min(was_file) < max(was_file) or min(was_era) < max(was_era))
    ) then
        return 0;
    end if;
    with placed as (
        select now_file, now_row, was_file, was_row, was_era, count(*) as rows
        from history_compared where kind = 'moved'
        group by now_file, now_row, was_file, was_row, was_era
    ),
    together as (
        select
            *,
            now_row - row_number() over (
                partition by now_file, was_file, was_era, now_row - was_row order by now_row
            ) as run
        from placed
    ),
    written as (
        insert into history.moved_run
        select
            keep_runs.change, name, now_file, min(now_row), max(now_row), sum(together.rows), was_file, min(was_row), was_era
        from together
        group by now_file, was_file, was_era, now_row - was_row, run
        returning rows
    )
    select coalesce(sum(written.rows), 0) into found from written;
    return found;
end
$body$;
