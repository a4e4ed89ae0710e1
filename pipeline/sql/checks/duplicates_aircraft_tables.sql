-- needs: aircraft, narratives, engines, injury, dt_aircraft
-- checks: no two rows of a table that hangs on an aircraft have the same key
-- severity: stop
-- allow: 0, a key names one row
-- family: duplicates
-- Rows are read in order of the key, as its index has them: two alike are neighbours, and no table of all keys is needed.
with repeated as (
    select
        'aircraft' as relation,
        concat_ws(' ', ev_id, aircraft_key) as row_key,
        count(*) as copies
    from (
        select ev_id, aircraft_key from aircraft
        order by ev_id, aircraft_key
    ) as ordered
    group by ev_id, aircraft_key
    having count(*) > 1
    union all
    select
        'narratives' as relation,
        concat_ws(' ', ev_id, aircraft_key) as row_key,
        count(*) as copies
    from (
        select ev_id, aircraft_key from narratives
        order by ev_id, aircraft_key
    ) as ordered
    group by ev_id, aircraft_key
    having count(*) > 1
    union all
    select
        'engines' as relation,
        concat_ws(' ', ev_id, aircraft_key, eng_no) as row_key,
        count(*) as copies
    from (
        select ev_id, aircraft_key, eng_no from engines
        order by ev_id, aircraft_key, eng_no
    ) as ordered
    group by ev_id, aircraft_key, eng_no
    having count(*) > 1
    union all
    select
        'injury' as relation,
        concat_ws(' ', ev_id, aircraft_key, inj_person_category, injury_level) as row_key,
        count(*) as copies
    from (
        select ev_id, aircraft_key, inj_person_category, injury_level from injury
        order by ev_id, aircraft_key, inj_person_category, injury_level
    ) as ordered
    group by ev_id, aircraft_key, inj_person_category, injury_level
    having count(*) > 1
    union all
    select
        'dt_aircraft' as relation,
        concat_ws(' ', ev_id, aircraft_key, col_name, code) as row_key,
        count(*) as copies
    from (
        select ev_id, aircraft_key, col_name, code from dt_aircraft
        order by ev_id, aircraft_key, col_name, code
    ) as ordered
    group by ev_id, aircraft_key, col_name, code
    having count(*) > 1
)

select relation, row_key, format('%s rows with this key', copies) as detail
from repeated
