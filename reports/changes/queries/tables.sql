-- needs: change, release_relation, row_version, moved_run, event_version
-- grain: one row per published table, with its rows before and now, and the number of new, revised, withdrawn and moved rows
with last_change as (
    select
        number,
        release_from,
        release_to
    from change
    order by number desc
    limit 1
),

-- Rows of an event that only comes from another kind of source have moved.
counted as (
    select
        row_version.table_name,
        case when event_version.kind = 'source' then 'moved' else row_version.kind end as kind
    from row_version
    left join event_version on event_version.change = row_version.change and event_version.ev_id = row_version.ev_id
    where row_version.change = (select last_change.number from last_change)
),

changed_rows as (
    select
        table_name,
        count(*) filter (where kind = 'new') as new_rows,
        count(*) filter (where kind = 'revised') as revised_rows,
        count(*) filter (where kind = 'withdrawn') as withdrawn_rows,
        count(*) filter (where kind = 'moved') as moved_rows
    from counted
    group by table_name
),

moved_runs as (
    select
        table_name,
        sum(rows) as moved_rows
    from moved_run
    where change = (select last_change.number from last_change)
    group by table_name
)

select
    now.name as table_name,
    before.rows as rows_before,
    now.rows as rows_now,
    coalesce(changed_rows.new_rows, 0) as new_rows,
    coalesce(changed_rows.revised_rows, 0) as revised_rows,
    coalesce(changed_rows.withdrawn_rows, 0) as withdrawn_rows,
    coalesce(changed_rows.moved_rows, 0) + coalesce(moved_runs.moved_rows, 0) as moved_rows
from last_change
inner join release_relation as now on now.release = last_change.release_to and now.target_schema = 'ntsb'
inner join release_relation as before
    on before.release = last_change.release_from and before.target_schema = 'ntsb' and before.name = now.name
left join changed_rows on changed_rows.table_name = now.name
left join moved_runs on moved_runs.table_name = now.name
order by now.name collate "C";
