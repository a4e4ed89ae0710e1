-- needs: clean_events, aircraft_harmonized
-- grain: one row per phase of flight and group of causes: aircraft in accidents in the USA; null where none is stated
select
    harmonized.phase, cause.value as cause,
    count(*) as aircraft,
    count(*) filter (where event.severity = 'FATL') as in_fatal_accidents,
    count(event.severity) as in_accidents_of_known_severity
from aircraft_harmonized as harmonized
inner join clean_events as event on harmonized.ev_id = event.ev_id
left join unnest(string_to_array(harmonized.cause_groups, ', ')) as cause (value) on true
where event.is_us and event.ev_type_code is distinct from 'INC'
group by harmonized.phase, cause.value
order by harmonized.phase collate "C" nulls last, cause.value collate "C" nulls last;
