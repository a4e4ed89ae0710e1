-- needs: flight_time, dt_flight_crew, flight_crew
-- checks: every row about a crew member has its crew member
-- severity: stop
-- allow: 0, orphans belong in quarantine
-- family: foreign keys
-- Where a constraint sees to it, nothing is read.
with children as (
    select 'flight_time' as relation, ev_id, aircraft_key, crew_no from flight_time
    where not audit.has_parent('flight_time', 'flight_crew', 'ev_id, aircraft_key, crew_no')
    union all
    select 'dt_flight_crew' as relation, ev_id, aircraft_key, crew_no from dt_flight_crew
    where not audit.has_parent('dt_flight_crew', 'flight_crew', 'ev_id, aircraft_key, crew_no')
)

select
    relation,
    concat_ws(' ', ev_id, aircraft_key, crew_no) as row_key,
    'no row in flight_crew' as detail
from children
where not exists (
    select from flight_crew
    where flight_crew.ev_id = children.ev_id and flight_crew.aircraft_key = children.aircraft_key
        and flight_crew.crew_no = children.crew_no
)
