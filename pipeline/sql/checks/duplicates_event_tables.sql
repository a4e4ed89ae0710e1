-- needs: events, ntsb_admin, dt_events
-- checks: no two rows of a table with one row per event or per code of an event have the same key
-- severity: stop
-- allow: 0, a key names one row
-- family: duplicates
-- Rows are read in order of the key, as its index has them: two alike are neighbours, and no table of all keys is needed.
with repeated as (
    select
        'events' as relation,
        concat_ws(' ', ev_id) as row_key,
        count(*) as copies
    from (
        select ev_id from events
        order by ev_id
    ) as ordered
    group by ev_id
    having count(*) > 1
    union all
    select
        'ntsb_admin' as relation,
        concat_ws(' ', ev_id) as row_key,
        count(*) as copies
    from (
        select ev_id from ntsb_admin
        order by ev_id
    ) as ordered
    group by ev_id
    having count(*) > 1
    union all
    select
        'dt_events' as relation,
        concat_ws(' ', ev_id, col_name, code) as row_key,
        count(*) as copies
    from (
        select ev_id, col_name, code from dt_events
        order by ev_id, col_name, code
    ) as ordered
    group by ev_id, col_name, code
    having count(*) > 1
)

select relation, row_key, format('%s rows with this key', copies) as detail
from repeated
