-- needs: occurrences, seq_of_events, engines, injury, dt_aircraft, flight_crew, flight_time, dt_flight_crew
-- checks: every row of the tables about sequence, engines, injuries and crew says which event it is about
-- severity: stop
-- allow: 0, nothing can be joined without it
-- family: required values
select
    'occurrences' as relation,
    concat_ws(' ', source_file, source_row) as row_key,
    'ev_id is missing' as detail
from occurrences
where coalesce(btrim(ev_id), '') = ''
union all
select
    'seq_of_events' as relation,
    concat_ws(' ', source_file, source_row) as row_key,
    'ev_id is missing' as detail
from seq_of_events
where coalesce(btrim(ev_id), '') = ''
union all
select
    'engines' as relation,
    concat_ws(' ', source_file, source_row) as row_key,
    'ev_id is missing' as detail
from engines
where coalesce(btrim(ev_id), '') = ''
union all
select
    'injury' as relation,
    concat_ws(' ', source_file, source_row) as row_key,
    'ev_id is missing' as detail
from injury
where coalesce(btrim(ev_id), '') = ''
union all
select
    'dt_aircraft' as relation,
    concat_ws(' ', source_file, source_row) as row_key,
    'ev_id is missing' as detail
from dt_aircraft
where coalesce(btrim(ev_id), '') = ''
union all
select
    'flight_crew' as relation,
    concat_ws(' ', source_file, source_row) as row_key,
    'ev_id is missing' as detail
from flight_crew
where coalesce(btrim(ev_id), '') = ''
union all
select
    'flight_time' as relation,
    concat_ws(' ', source_file, source_row) as row_key,
    'ev_id is missing' as detail
from flight_time
where coalesce(btrim(ev_id), '') = ''
union all
select
    'dt_flight_crew' as relation,
    concat_ws(' ', source_file, source_row) as row_key,
    'ev_id is missing' as detail
from dt_flight_crew
where coalesce(btrim(ev_id), '') = ''
