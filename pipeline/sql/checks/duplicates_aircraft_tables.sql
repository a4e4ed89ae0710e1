-- needs: aircraft, narratives, engines, injury, dt_aircraft
-- checks: no two rows of a table that hangs on an aircraft have the same key
-- severity: stop
-- allow: 0, a key names one row
-- family: duplicates
-- Where a constraint forbids it, nothing is read.
with repeated as (
    select
        'aircraft' as relation,
        concat_ws(' ', ev_id, aircraft_key) as row_key,
        count(*) as copies
    from aircraft
    where not audit.is_unique('aircraft', 'ev_id, aircraft_key')
    group by ev_id, aircraft_key
    having count(*) > 1
    union all
    select
        'narratives' as relation,
        concat_ws(' ', ev_id, aircraft_key) as row_key,
        count(*) as copies
    from narratives
    where not audit.is_unique('narratives', 'ev_id, aircraft_key')
    group by ev_id, aircraft_key
    having count(*) > 1
    union all
    select
        'engines' as relation,
        concat_ws(' ', ev_id, aircraft_key, eng_no) as row_key,
        count(*) as copies
    from engines
    where not audit.is_unique('engines', 'ev_id, aircraft_key, eng_no')
    group by ev_id, aircraft_key, eng_no
    having count(*) > 1
    union all
    select
        'injury' as relation,
        concat_ws(' ', ev_id, aircraft_key, inj_person_category, injury_level) as row_key,
        count(*) as copies
    from injury
    where not audit.is_unique('injury', 'ev_id, aircraft_key, inj_person_category, injury_level')
    group by ev_id, aircraft_key, inj_person_category, injury_level
    having count(*) > 1
    union all
    select
        'dt_aircraft' as relation,
        concat_ws(' ', ev_id, aircraft_key, col_name, code) as row_key,
        count(*) as copies
    from dt_aircraft
    where not audit.is_unique('dt_aircraft', 'ev_id, aircraft_key, col_name, code')
    group by ev_id, aircraft_key, col_name, code
    having count(*) > 1
)

select relation, row_key, format('%s rows with this key', copies) as detail
from repeated
