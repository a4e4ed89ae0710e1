-- needs: clean_events, event_missingness, event_times
-- grain: one row per month of the event date and local hour of accidents in the USA with a date; null where the hour is unknown or doubtful
-- The month is that of the local date where there is an hour, otherwise that of the event date.
with timed as (
    select
        events.ev_date, events.severity,
        case when missingness.ev_time_reason is null then times.local_time end as local_time
    from clean_events as events
    inner join event_times as times on events.ev_id = times.ev_id
    inner join event_missingness as missingness on events.ev_id = missingness.ev_id
    where events.is_us and events.ev_type_code is distinct from 'INC'
)

select
    extract(month from coalesce(local_time, ev_date))::integer as month,
    extract(hour from local_time)::integer as hour,
    count(*) as accidents,
    count(*) filter (where severity = 'FATL') as fatal_accidents,
    count(severity) as accidents_of_known_severity
from timed
group by 1, 2
order by month, hour;
