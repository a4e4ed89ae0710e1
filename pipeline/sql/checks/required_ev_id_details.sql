-- needs: occurrences, seq_of_events, engines, injury, dt_aircraft, flight_crew, flight_time, dt_flight_crew
-- checks: every row of the tables about sequence, engines, injuries and crew says which event it is about
-- severity: stop
-- allow: 0, nothing can be joined without it
-- family: required values
with told as (
    select 'occurrences' as relation, ev_id, source_file, source_row from occurrences
    union all
    select 'seq_of_events' as relation, ev_id, source_file, source_row from seq_of_events
    union all
    select 'engines' as relation, ev_id, source_file, source_row from engines
    union all
    select 'injury' as relation, ev_id, source_file, source_row from injury
    union all
    select 'dt_aircraft' as relation, ev_id, source_file, source_row from dt_aircraft
    union all
    select 'flight_crew' as relation, ev_id, source_file, source_row from flight_crew
    union all
    select 'flight_time' as relation, ev_id, source_file, source_row from flight_time
    union all
    select 'dt_flight_crew' as relation, ev_id, source_file, source_row from dt_flight_crew
)

select
    relation,
    concat_ws(' ', source_file, source_row) as row_key,
    'ev_id is missing' as detail
from told
where coalesce(btrim(ev_id), '') = ''
