-- needs: aircraft, ntsb_admin, dt_events, events
-- checks: every aircraft and every row about an event has its event
-- severity: stop
-- allow: 0, orphans belong in quarantine
-- family: foreign keys
-- Where a constraint sees to it, nothing is read.
with children as (
    select 'aircraft' as relation, ev_id from aircraft
    where not audit.has_parent('aircraft', 'events', 'ev_id')
    union all
    select 'ntsb_admin' as relation, ev_id from ntsb_admin
    where not audit.has_parent('ntsb_admin', 'events', 'ev_id')
    union all
    select 'dt_events' as relation, ev_id from dt_events
    where not audit.has_parent('dt_events', 'events', 'ev_id')
)

select
    relation,
    concat_ws(' ', ev_id) as row_key,
    'no row in events' as detail
from children
where not exists (
    select from events where events.ev_id = children.ev_id
)
