-- needs: aircraft_families, aircraft_summary, clean_events
-- grain: one row per aircraft type with at least 10 aircraft: the family of the aircraft, otherwise its make and model
with named as materialized (
    select
        coalesce(families.family, summary.make || coalesce(' ' || summary.model, '')) as type,
        summary.make || coalesce(' ' || summary.model, '') as name,
        summary.ev_id, summary.ev_year, summary.severity, summary.total_deaths,
        coalesce(summary.is_us and event.ev_type_code is distinct from 'INC', false) as is_us_accident
    from aircraft_summary as summary
    inner join clean_events as event on summary.ev_id = event.ev_id
    left join aircraft_families as families
        on summary.ev_id = families.ev_id and summary.aircraft_key = families.aircraft_key
),

aircraft as (
    select type, count(*) as aircraft
    from named
    where type is not null
    group by type
    having count(*) >= 10
),

names as (
    select type, string_agg(name || ' (' || uses || ')', ', ' order by uses desc, name collate "C") as names
    from (select type, name, count(*) as uses from named group by type, name having count(*) >= 5) as written
    group by type
),

accidents as (
    select distinct type, ev_id, ev_year, severity, total_deaths
    from named
    where is_us_accident
),

counts as (
    select
        type,
        count(*) as accidents,
        count(*) filter (where severity = 'FATL') as fatal_accidents,
        count(severity) as accidents_of_known_severity,
        sum(total_deaths) as deaths,
        count(*) filter (where total_deaths is null) as accidents_with_unknown_deaths,
        min(ev_year) as first_year,
        max(ev_year) as last_year
    from accidents
    group by type
)

select
    aircraft.type,
    aircraft.aircraft,
    coalesce(counts.accidents, 0) as accidents,
    coalesce(counts.fatal_accidents, 0) as fatal_accidents,
    coalesce(counts.accidents_of_known_severity, 0) as accidents_of_known_severity,
    case when counts.type is null then 0 else counts.deaths end as deaths,
    coalesce(counts.accidents_with_unknown_deaths, 0) as accidents_with_unknown_deaths,
    counts.first_year,
    counts.last_year,
    names.names
from aircraft
left join counts on aircraft.type = counts.type
left join names on aircraft.type = names.type
order by aircraft.aircraft desc, aircraft.type collate "C";
