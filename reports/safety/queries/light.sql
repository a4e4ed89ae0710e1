-- needs: event_summary
-- grain: one row per light condition and severity of accidents in the USA; the empty code stands for none stated
with accident as (
    select
        coalesce(upper(btrim(light_cond)), '') as code,
        light_cond_meaning as meaning,
        severity
    from event_summary
    where is_us and upper(btrim(ev_type)) is distinct from 'INC'
)

select
    code,
    min(meaning collate "C") as meaning,
    severity,
    count(*) as accidents
from accident
group by code, severity
order by code collate "C", severity collate "C";
