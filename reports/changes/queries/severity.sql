-- needs: change, field_change
-- grain: one row per changed pair of severities (before, now; null where none is stated), with the first five events
with changed_severities as (
    select
        ev_id,
        old #>> '{}' as severity_before,
        new #>> '{}' as severity_now,
        row_number() over (partition by old, new order by ev_id collate "C") as position
    from field_change
    where change = (select max(number) from change) and kind = 'revised' and table_name = 'events' and column_name = 'ev_highest_injury'
)

select
    severity_before,
    severity_now,
    count(*) as events,
    string_agg(ev_id, ', ' order by position) filter (where position <= 5) as examples
from changed_severities
group by severity_before, severity_now
order by count(*) desc, severity_before collate "C", severity_now collate "C";
