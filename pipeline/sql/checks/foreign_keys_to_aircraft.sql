-- needs: narratives, findings, events_sequence, occurrences, engines, injury, flight_crew, dt_aircraft, aircraft
-- checks: every row about an aircraft has its aircraft
-- severity: stop
-- allow: 0, orphans belong in quarantine
-- family: foreign keys
-- Where a constraint sees to it, nothing is read.
with children as (
    select 'narratives' as relation, ev_id, aircraft_key from narratives
    where not audit.has_parent('narratives', 'aircraft', 'ev_id, aircraft_key')
    union all
    select 'findings' as relation, ev_id, aircraft_key from findings
    where not audit.has_parent('findings', 'aircraft', 'ev_id, aircraft_key')
    union all
    select 'events_sequence' as relation, ev_id, aircraft_key from events_sequence
    where not audit.has_parent('events_sequence', 'aircraft', 'ev_id, aircraft_key')
    union all
    select 'occurrences' as relation, ev_id, aircraft_key from occurrences
    where not audit.has_parent('occurrences', 'aircraft', 'ev_id, aircraft_key')
    union all
    select 'engines' as relation, ev_id, aircraft_key from engines
    where not audit.has_parent('engines', 'aircraft', 'ev_id, aircraft_key')
    union all
    select 'injury' as relation, ev_id, aircraft_key from injury
    where not audit.has_parent('injury', 'aircraft', 'ev_id, aircraft_key')
    union all
    select 'flight_crew' as relation, ev_id, aircraft_key from flight_crew
    where not audit.has_parent('flight_crew', 'aircraft', 'ev_id, aircraft_key')
    union all
    select 'dt_aircraft' as relation, ev_id, aircraft_key from dt_aircraft
    where not audit.has_parent('dt_aircraft', 'aircraft', 'ev_id, aircraft_key')
)

select
    relation,
    concat_ws(' ', ev_id, aircraft_key) as row_key,
    'no row in aircraft' as detail
from children
where not exists (
    select from aircraft
    where aircraft.ev_id = children.ev_id and aircraft.aircraft_key = children.aircraft_key
)
