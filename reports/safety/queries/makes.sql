-- needs: aircraft_summary
-- grain: one row per make of aircraft, trimmed and in upper case; the make is empty where none is stated
select
    coalesce(make, '') as make,
    count(*) as aircraft,
    count(*) filter (where severity = 'FATL') as in_fatal_events,
    count(severity) as severity_known
from aircraft_summary
group by coalesce(make, '')
order by count(*) desc, coalesce(make, '') collate "C";
