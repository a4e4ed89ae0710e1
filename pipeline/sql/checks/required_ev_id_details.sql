-- needs: occurrences, seq_of_events, engines, injury, dt_aircraft, flight_crew, flight_time, dt_flight_crew
-- checks: every row of the tables about sequence, engines, injuries and crew says which event it is about
-- severity: stop
-- allow: 0, nothing can be joined without it
-- family: required values
-- A row with a parent bears its parent's ev_id: where a constraint sees to it, nothing is read.
with told as (
    select 'occurrences' as relation, ev_id, source_file, source_row from occurrences
    where not audit.has_parent('occurrences', 'aircraft', 'ev_id, aircraft_key')
    union all
    select 'seq_of_events' as relation, ev_id, source_file, source_row from seq_of_events
    where not audit.has_parent('seq_of_events', 'occurrences', 'ev_id, aircraft_key, occurrence_no')
    union all
    select 'engines' as relation, ev_id, source_file, source_row from engines
    where not audit.has_parent('engines', 'aircraft', 'ev_id, aircraft_key')
    union all
    select 'injury' as relation, ev_id, source_file, source_row from injury
    where not audit.has_parent('injury', 'aircraft', 'ev_id, aircraft_key')
    union all
    select 'dt_aircraft' as relation, ev_id, source_file, source_row from dt_aircraft
    where not audit.has_parent('dt_aircraft', 'aircraft', 'ev_id, aircraft_key')
    union all
    select 'flight_crew' as relation, ev_id, source_file, source_row from flight_crew
    where not audit.has_parent('flight_crew', 'aircraft', 'ev_id, aircraft_key')
    union all
    select 'flight_time' as relation, ev_id, source_file, source_row from flight_time
    where not audit.has_parent('flight_time', 'flight_crew', 'ev_id, aircraft_key, crew_no')
    union all
    select 'dt_flight_crew' as relation, ev_id, source_file, source_row from dt_flight_crew
    where not audit.has_parent('dt_flight_crew', 'flight_crew', 'ev_id, aircraft_key, crew_no')
)

select
    relation,
    concat_ws(' ', source_file, source_row) as row_key,
    'ev_id is missing' as detail
from told
where coalesce(btrim(ev_id), '') = ''
