-- needs: event_summary
-- grain: one row per decade and severity (null: not known) of accidents in the USA; incidents are left out
select
    ev_year / 10 * 10 as decade_start,
    severity,
    count(*) as accidents
from event_summary
where is_us and ev_year is not null and upper(btrim(ev_type)) is distinct from 'INC'
group by ev_year / 10 * 10, severity
order by decade_start, severity collate "C";
