-- needs: clean_events
-- grain: one row per year of the event date; an event counts once, regardless of its number of aircraft
select
    ev_year,
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
    count(*) filter (where is_us is not true and severity = 'FATL') as fatal_events_elsewhere,
    case
        when count(*) filter (where is_us is not true) = 0 then 0
        else sum(total_deaths) filter (where is_us is not true)::bigint
    end as deaths_elsewhere,
    count(*) filter (where is_us is not true and total_deaths is null) as events_elsewhere_with_unknown_deaths
from clean_events
cross join lateral (select (ev_type_code is distinct from 'INC') as is_accident) as kind
where ev_year is not null
group by ev_year
order by ev_year;
