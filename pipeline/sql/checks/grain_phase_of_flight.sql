-- needs: phase_of_flight, aircraft
-- checks: phase_of_flight has one row for each row of aircraft and no other
-- severity: stop
-- allow: 0, a join that repeats rows falsifies every count
-- family: grain
with counted as (
    select ev_id, aircraft_key, count(*) as times
    from phase_of_flight
    group by ev_id, aircraft_key
)

select
    'phase_of_flight' as relation,
    concat_ws(
        ' ', coalesce(aircraft.ev_id, counted.ev_id), coalesce(aircraft.aircraft_key, counted.aircraft_key)
    ) as row_key,
    format('%s rows for it, %s in aircraft', coalesce(counted.times, 0), count(aircraft.ev_id)) as detail
from counted
full join aircraft on counted.ev_id = aircraft.ev_id and counted.aircraft_key = aircraft.aircraft_key
group by coalesce(aircraft.ev_id, counted.ev_id), coalesce(aircraft.aircraft_key, counted.aircraft_key), counted.times
having coalesce(counted.times, 0) <> 1 or count(aircraft.ev_id) <> 1
