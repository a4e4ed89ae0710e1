-- needs: change, field_change
-- grain: one row per column of a table in which revised rows have another value: how many values, of how many events
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
