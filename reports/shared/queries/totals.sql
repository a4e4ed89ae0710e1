-- needs: clean_events
-- grain: one row: totals of all events, dated or not; an accident is an event that is not an incident
select
    count(*) as events,
    count(*) filter (where is_us and is_accident) as us_accidents,
    count(*) filter (where is_us and is_accident and severity = 'FATL') as us_fatal_accidents,
    count(*) filter (where is_us and is_accident and severity is null) as us_accidents_with_unknown_severity,
    case
        when count(*) filter (where is_us and is_accident) = 0 then 0
        else sum(total_deaths) filter (where is_us and is_accident)::bigint
    end as us_deaths,
    count(*) filter (where is_us and is_accident and total_deaths is null) as us_accidents_with_unknown_deaths,
    count(*) filter (where is_us and not is_accident) as us_incidents,
    count(*) filter (where is_us is not true) as events_elsewhere,
    min(ev_date) as first_date,
    max(ev_date) as last_date
from clean_events
cross join lateral (select (ev_type_code is distinct from 'INC') as is_accident) as kind;
