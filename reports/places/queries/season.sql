-- needs: clean_events, event_times
-- grain: one row per month of the event date and local hour of accidents in the USA with a date; the hour is null where local time is not known
-- The month is that of the local date where local time is known.
select
    extract(month from coalesce(times.local_time, events.ev_date))::integer as month,
    extract(hour from times.local_time)::integer as hour,
    count(*) as accidents,
    count(*) filter (where events.severity = 'FATL') as fatal_accidents,
    count(events.severity) as accidents_of_known_severity
from clean_events as events
inner join event_times as times on events.ev_id = times.ev_id
where events.is_us and events.ev_type_code is distinct from 'INC'
group by 1, 2
order by month, hour;
