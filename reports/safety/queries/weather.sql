-- needs: event_summary
-- grain: one row per basic weather condition and severity of accidents in the USA; the empty code stands for none stated
with accident as (
    select
        coalesce(upper(btrim(wx_cond_basic)), '') as code,
        wx_cond_basic_meaning as meaning,
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
