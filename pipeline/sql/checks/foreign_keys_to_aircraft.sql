-- needs: narratives, findings, events_sequence, occurrences, engines, injury, flight_crew, dt_aircraft, aircraft
-- checks: every row about an aircraft has its aircraft
-- severity: stop
-- allow: 0, orphans belong in quarantine
-- family: foreign keys
select
    'narratives' as relation,
    concat_ws(' ', ev_id, aircraft_key) as row_key,
    'no row in aircraft' as detail
from narratives
left join aircraft using (ev_id, aircraft_key)
where aircraft.source_row is null
union all
select
    'findings' as relation,
    concat_ws(' ', ev_id, aircraft_key) as row_key,
    'no row in aircraft' as detail
from findings
left join aircraft using (ev_id, aircraft_key)
where aircraft.source_row is null
union all
select
    'events_sequence' as relation,
    concat_ws(' ', ev_id, aircraft_key) as row_key,
    'no row in aircraft' as detail
from events_sequence
left join aircraft using (ev_id, aircraft_key)
where aircraft.source_row is null
union all
select
    'occurrences' as relation,
    concat_ws(' ', ev_id, aircraft_key) as row_key,
    'no row in aircraft' as detail
from occurrences
left join aircraft using (ev_id, aircraft_key)
where aircraft.source_row is null
union all
select
    'engines' as relation,
    concat_ws(' ', ev_id, aircraft_key) as row_key,
    'no row in aircraft' as detail
from engines
left join aircraft using (ev_id, aircraft_key)
where aircraft.source_row is null
union all
select
    'injury' as relation,
    concat_ws(' ', ev_id, aircraft_key) as row_key,
    'no row in aircraft' as detail
from injury
left join aircraft using (ev_id, aircraft_key)
where aircraft.source_row is null
union all
select
    'flight_crew' as relation,
    concat_ws(' ', ev_id, aircraft_key) as row_key,
    'no row in aircraft' as detail
from flight_crew
left join aircraft using (ev_id, aircraft_key)
where aircraft.source_row is null
union all
select
    'dt_aircraft' as relation,
    concat_ws(' ', ev_id, aircraft_key) as row_key,
    'no row in aircraft' as detail
from dt_aircraft
left join aircraft using (ev_id, aircraft_key)
where aircraft.source_row is null
