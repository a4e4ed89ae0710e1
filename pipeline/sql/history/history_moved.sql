-- needs: history.row_version
-- grain: rows that a new edition of a file moved, run by run.

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
'One row per run of rows that a change moved together: the same content in another place. Few rows that move are in row_version.';
comment on column history.moved_run.first_row is 'source_row of the first row of the run in release_to; that of the last is last_row.';
comment on column history.moved_run.earlier_row is 'source_row that the first row of the run had in release_from; the others followed it.';
comment on column history.moved_run.rows is
'Rows of the published table in the run: an era with queries of its own makes several of one row of a file.';

-- Makes a table of the runs of rows that say the same in a comparison; is_of_several: rows of one place came from several, or
-- went to several, so that runs do not tell the way of each row there and back.
create or replace function history.find_runs(compared text, target text) returns void
language plpgsql as $body$
begin
    execute format(
        $query$
        create %1$s as
        with follows as (
            select
                *,
                now_file = lag(now_file) over ways and now_row = lag(now_row) over ways as is_twin,
                row(kind, now_era, now_file, was_file, was_era) = lag(row(kind, now_era, now_file, was_file, was_era)) over ways
                and now_row - lag(now_row) over ways = was_row - lag(was_row) over ways
                and now_row - lag(now_row) over ways <= 1 as goes_on
            from %2$s where kind in ('moved', 'same')
            window ways as (order by now_file collate "C", now_row, was_row)
        ),
        numbered as (
            select *, count(*) filter (where goes_on is not true) over (order by now_file collate "C", now_row, was_row) as run
            from follows
        ),
        runs as (
            select
                min(kind) as kind, min(now_era) as now_era, min(now_file) as now_file, min(now_row) as first_row,
                max(now_row) as last_row, count(*) as rows, min(was_file) as was_file, min(was_row) as was_row,
                max(was_row) as was_last, min(was_era) as was_era, bool_or(is_twin and goes_on is not true) as is_twin
            from numbered group by run
        )
        select
            kind, now_era, now_file, first_row, last_row, rows, was_file, was_row, was_era,
            is_twin or was_row <= max(was_last) over (
                partition by was_file order by was_row rows between unbounded preceding and 1 preceding
            ) as is_of_several
        from runs
        $query$, target, compared);
end
$body$;
