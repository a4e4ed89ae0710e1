-- needs: change, release_relation, row_version, moved_run
-- grain: one row per published table: its rows before and now, and how many are new, revised, withdrawn or only moved
with last as (
    select
        number,
        release_from,
        release_to
    from change
    order by number desc
    limit 1
),

counted as (
    select
        table_name,
        count(*) filter (where kind = 'new') as new_rows,
        count(*) filter (where kind = 'revised') as revised_rows,
        count(*) filter (where kind = 'withdrawn') as withdrawn_rows,
        count(*) filter (where kind = 'moved') as moved_rows
    from row_version
    where change = (select last.number from last)
    group by table_name
),

runs as (
    select
        table_name,
        sum(rows) as moved_rows
    from moved_run
    where change = (select last.number from last)
    group by table_name
)

select
    now.name as table_name,
    before.rows as rows_before,
    now.rows as rows_now,
    coalesce(counted.new_rows, 0) as new_rows,
    coalesce(counted.revised_rows, 0) as revised_rows,
    coalesce(counted.withdrawn_rows, 0) as withdrawn_rows,
    coalesce(counted.moved_rows, 0) + coalesce(runs.moved_rows, 0) as moved_rows
from last
inner join release_relation as now on now.release = last.release_to and now.target_schema = 'ntsb'
inner join release_relation as before on before.release = last.release_from and before.target_schema = 'ntsb' and before.name = now.name
left join counted on counted.table_name = now.name
left join runs on runs.table_name = now.name
order by now.name collate "C";
