-- needs: aircraft_summary
-- grain: one row per make of aircraft, under its standard name or as written; the make is empty where none is stated
select
    coalesce(make, '') as make,
    count(*) as aircraft,
    count(*) filter (where severity = 'FATL') as in_fatal_events,
    count(severity) as severity_known
from aircraft_summary
group by coalesce(make, '')
order by count(*) desc, coalesce(make, '') collate "C";
