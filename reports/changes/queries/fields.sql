-- needs: change, field_change, correction_change
-- grain: one row per table and column with changed values in revised rows, with the number of values and events
-- functions: mart
with corrected as (
    select distinct
        change,
        table_name,
        row_key,
        column_name,
        true as is_corrected
    from correction_change
)

select
    table_name,
    column_name,
    is_bookkeeping(column_name) as is_bookkeeping,
    count(*) as changed_values,
    count(distinct ev_id) as events,
    count(*) filter (where old = 'null') as filled_in,
    count(*) filter (where new = 'null') as emptied,
    count(*) filter (where is_corrected) as corrected
from field_change
left join corrected using (change, table_name, row_key, column_name)
where change = (select max(number) from change) and kind = 'revised'
group by table_name, column_name
order by count(*) desc, table_name collate "C", column_name collate "C";
