-- needs: clean_events
-- grain: one row per decade and severity (null if unknown) of accidents in the USA, without incidents
select
    ev_year / 10 * 10 as decade_start,
    severity,
    count(*) as accidents
from clean_events
where is_us and ev_year is not null and ev_type_code is distinct from 'INC'
group by ev_year / 10 * 10, severity
order by decade_start, severity collate "C";
