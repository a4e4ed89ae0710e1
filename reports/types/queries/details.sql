-- needs: aircraft_families, aircraft_summary, clean_events, aircraft_harmonized
-- grain: one row per aircraft type with at least 10 aircraft, topic and value: accidents in the USA with such an aircraft
-- An accident counts once per value; two aircraft of a type, and groups of causes, can have several. The value is null where none is stated.
with named as materialized (
    select
        coalesce(families.family, summary.make || coalesce(' ' || summary.model, '')) as type,
        summary.ev_id, summary.aircraft_key, summary.ev_year, summary.severity,
        coalesce(summary.is_us and event.ev_type_code is distinct from 'INC', false) as is_us_accident
    from aircraft_summary as summary
    inner join clean_events as event on summary.ev_id = event.ev_id
    left join aircraft_families as families
        on summary.ev_id = families.ev_id and summary.aircraft_key = families.aircraft_key
),

listed as (select type from named where type is not null group by type having count(*) >= 10),

stated as (
    select distinct named.type, named.ev_id, named.severity, topic.topic, topic.value
    from named
    inner join listed on named.type = listed.type
    left join aircraft_harmonized as harmonized
        on named.ev_id = harmonized.ev_id and named.aircraft_key = harmonized.aircraft_key
    cross join lateral (
        select 'year' as topic, named.ev_year::text as value
        union all
        select 'severity', named.severity
        union all
        select 'phase', harmonized.phase
        union all
        select 'occurrence', harmonized.occurrence
        union all
        select 'cause', cause.cause
        from (select 1) as one
        left join unnest(string_to_array(harmonized.cause_groups, ', ')) as cause (cause) on true
    ) as topic
    where named.is_us_accident
)

select
    type,
    topic,
    value,
    count(*) as accidents,
    count(*) filter (where severity = 'FATL') as fatal_accidents,
    count(severity) as accidents_of_known_severity
from stated
group by type, topic, value
order by type collate "C", topic collate "C", value collate "C" nulls last;
