-- needs: change, field_change
-- grain: one row per table and column with changed values in revised rows, with the number of values and events
select
    table_name,
    column_name,
    count(*) as changed_values,
    count(distinct ev_id) as events,
    count(*) filter (where old = 'null') as filled_in,
    count(*) filter (where new = 'null') as emptied
from field_change
where change = (select max(number) from change) and kind = 'revised'
group by table_name, column_name
order by count(*) desc, table_name collate "C", column_name collate "C";
