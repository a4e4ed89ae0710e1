-- needs: narratives, findings, events_sequence, occurrences, engines, injury, flight_crew, dt_aircraft, aircraft
-- checks: every row about an aircraft has its aircraft
-- severity: stop
-- allow: 0, orphans belong in quarantine
-- family: foreign keys
with children as (
    select 'narratives' as relation, ev_id, aircraft_key from narratives
    union all
    select 'findings' as relation, ev_id, aircraft_key from findings
    union all
    select 'events_sequence' as relation, ev_id, aircraft_key from events_sequence
    union all
    select 'occurrences' as relation, ev_id, aircraft_key from occurrences
    union all
    select 'engines' as relation, ev_id, aircraft_key from engines
    union all
    select 'injury' as relation, ev_id, aircraft_key from injury
    union all
    select 'flight_crew' as relation, ev_id, aircraft_key from flight_crew
    union all
    select 'dt_aircraft' as relation, ev_id, aircraft_key from dt_aircraft
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
