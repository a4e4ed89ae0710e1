-- needs: flight_crew, flight_time, dt_flight_crew
-- checks: no two rows about crew have the same key
-- severity: stop
-- allow: 0, a key names one row
-- family: duplicates
-- Where a constraint forbids it, nothing is read.
with repeated as (
    select
        'flight_crew' as relation,
        concat_ws(' ', ev_id, aircraft_key, crew_no) as row_key,
        count(*) as copies
    from flight_crew
    where not audit.is_unique('flight_crew', 'ev_id, aircraft_key, crew_no')
    group by ev_id, aircraft_key, crew_no
    having count(*) > 1
    union all
    select
        'flight_time' as relation,
        concat_ws(' ', ev_id, aircraft_key, crew_no, flight_type, flight_craft) as row_key,
        count(*) as copies
    from flight_time
    where not audit.is_unique('flight_time', 'ev_id, aircraft_key, crew_no, flight_type, flight_craft')
    group by ev_id, aircraft_key, crew_no, flight_type, flight_craft
    having count(*) > 1
    union all
    select
        'dt_flight_crew' as relation,
        concat_ws(' ', ev_id, aircraft_key, crew_no, col_name, code) as row_key,
        count(*) as copies
    from dt_flight_crew
    where not audit.is_unique('dt_flight_crew', 'ev_id, aircraft_key, crew_no, col_name, code')
    group by ev_id, aircraft_key, crew_no, col_name, code
    having count(*) > 1
)

select relation, row_key, format('%s rows with this key', copies) as detail
from repeated
