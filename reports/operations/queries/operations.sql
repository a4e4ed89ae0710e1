-- needs: clean_events, aircraft_harmonized
-- grain: one row per operation and year of accidents in the USA; an accident counts once per operation that an aircraft of it was in
-- functions: operations
-- An accident without an aircraft counts as not stated.
-- As in NTSB's tables, airline is parts 121 and 127, and general_aviation sums several of the others.
-- A year of null is that of accidents without a date.
with stated as (
    select distinct event.ev_id, event.ev_year, event.severity, event.total_deaths, listed.operation
    from clean_events as event
    left join aircraft_harmonized as harmonized on event.ev_id = harmonized.ev_id
    cross join lateral (
        select
            case
                when is_airline(harmonized.operation) then 'airline'
                when harmonized.operation in ('135', '091', '137', 'PUBU') then harmonized.operation
                when harmonized.operation is null or harmonized.operation = 'UNK' then 'not stated'
                else 'other'
            end as operation
        union all
        select 'general_aviation' where is_general_aviation(harmonized.operation)
    ) as listed
    where event.is_us and event.ev_type_code is distinct from 'INC'
)

select
    operation, ev_year,
    count(*) as accidents,
    count(*) filter (where severity = 'FATL') as fatal_accidents,
    count(severity) as accidents_of_known_severity,
    sum(total_deaths)::bigint as deaths,
    count(*) filter (where total_deaths is null) as accidents_with_unknown_deaths
from stated
group by operation, ev_year
order by operation collate "C", ev_year;
