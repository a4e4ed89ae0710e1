-- needs: aircraft, ntsb_admin, dt_events, events
-- checks: every aircraft and every row about an event has its event
-- severity: stop
-- allow: 0, orphans belong in quarantine
-- family: foreign keys
with children as (
    select 'aircraft' as relation, ev_id from aircraft
    union all
    select 'ntsb_admin' as relation, ev_id from ntsb_admin
    union all
    select 'dt_events' as relation, ev_id from dt_events
)

select
    relation,
    concat_ws(' ', ev_id) as row_key,
    'no row in events' as detail
from children
where not exists (
    select from events where events.ev_id = children.ev_id
)
