-- needs: events, ntsb_admin, dt_events
-- checks: no two rows of a table with one row per event or per code of an event have the same key
-- severity: stop
-- allow: 0, a key names one row
-- family: duplicates
-- Where a constraint forbids it, nothing is read.
with repeated as (
    select
        'events' as relation,
        concat_ws(' ', ev_id) as row_key,
        count(*) as copies
    from events
    where not audit.is_unique('events', 'ev_id')
    group by ev_id
    having count(*) > 1
    union all
    select
        'ntsb_admin' as relation,
        concat_ws(' ', ev_id) as row_key,
        count(*) as copies
    from ntsb_admin
    where not audit.is_unique('ntsb_admin', 'ev_id')
    group by ev_id
    having count(*) > 1
    union all
    select
        'dt_events' as relation,
        concat_ws(' ', ev_id, col_name, code) as row_key,
        count(*) as copies
    from dt_events
    where not audit.is_unique('dt_events', 'ev_id, col_name, code')
    group by ev_id, col_name, code
    having count(*) > 1
)

select relation, row_key, format('%s rows with this key', copies) as detail
from repeated
