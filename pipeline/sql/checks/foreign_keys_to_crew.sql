-- needs: flight_time, dt_flight_crew, flight_crew
-- checks: every row about a crew member has its crew member
-- severity: stop
-- allow: 0, orphans belong in quarantine
-- family: foreign keys
select
    'flight_time' as relation,
    concat_ws(' ', ev_id, aircraft_key, crew_no) as row_key,
    'no row in flight_crew' as detail
from flight_time
left join flight_crew using (ev_id, aircraft_key, crew_no)
where flight_crew.source_row is null
union all
select
    'dt_flight_crew' as relation,
    concat_ws(' ', ev_id, aircraft_key, crew_no) as row_key,
    'no row in flight_crew' as detail
from dt_flight_crew
left join flight_crew using (ev_id, aircraft_key, crew_no)
where flight_crew.source_row is null
