-- needs: flight_crew, flight_time, dt_flight_crew
-- checks: no two rows about crew have the same key
-- severity: stop
-- allow: 0, a key names one row
-- family: duplicates
-- Rows are read in order of the key, as its index has them: two alike are neighbours, and no table of all keys is needed.
with repeated as (
    select
        'flight_crew' as relation,
        concat_ws(' ', ev_id, aircraft_key, crew_no) as row_key,
        count(*) as copies
    from (
        select ev_id, aircraft_key, crew_no from flight_crew
        order by ev_id, aircraft_key, crew_no
    ) as ordered
    group by ev_id, aircraft_key, crew_no
    having count(*) > 1
    union all
    select
        'flight_time' as relation,
        concat_ws(' ', ev_id, aircraft_key, crew_no, flight_type, flight_craft) as row_key,
        count(*) as copies
    from (
        select ev_id, aircraft_key, crew_no, flight_type, flight_craft from flight_time
        order by ev_id, aircraft_key, crew_no, flight_type, flight_craft
    ) as ordered
    group by ev_id, aircraft_key, crew_no, flight_type, flight_craft
    having count(*) > 1
    union all
    select
        'dt_flight_crew' as relation,
        concat_ws(' ', ev_id, aircraft_key, crew_no, col_name, code) as row_key,
        count(*) as copies
    from (
        select ev_id, aircraft_key, crew_no, col_name, code from dt_flight_crew
        order by ev_id, aircraft_key, crew_no, col_name, code
    ) as ordered
    group by ev_id, aircraft_key, crew_no, col_name, code
    having count(*) > 1
)

select relation, row_key, format('%s rows with this key', copies) as detail
from repeated
