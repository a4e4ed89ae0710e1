-- needs: clean_events, aircraft_harmonized
-- grain: one row per kind of accident and value of a second field (topic): aircraft in accidents in the USA; null where none is stated
-- An aircraft counts once per pair; it has one phase and one kind, those of the defining or first occurrence, and can have several groups of causes.
with listed as (
    select harmonized.*, event.severity
    from aircraft_harmonized as harmonized
    inner join clean_events as event on harmonized.ev_id = event.ev_id
    where event.is_us and event.ev_type_code is distinct from 'INC'
),

stated as (
    select occurrence, 'phase' as topic, phase as value, severity from listed
    union all
    select listed.occurrence, 'cause', cause.value, listed.severity
    from listed
    left join unnest(string_to_array(listed.cause_groups, ', ')) as cause (value) on true
)

select
    topic, occurrence, value,
    count(*) as aircraft,
    count(*) filter (where severity = 'FATL') as in_fatal_accidents,
    count(severity) as in_accidents_of_known_severity
from stated
group by topic, occurrence, value
order by topic collate "C", occurrence collate "C" nulls last, value collate "C" nulls last;
