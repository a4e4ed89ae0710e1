-- needs: aircraft, ntsb_admin, dt_events, events
-- checks: every aircraft and every row about an event has its event
-- severity: stop
-- allow: 0, orphans belong in quarantine
-- family: foreign keys
select
    'aircraft' as relation,
    concat_ws(' ', ev_id) as row_key,
    'no row in events' as detail
from aircraft
left join events using (ev_id)
where events.source_row is null
union all
select
    'ntsb_admin' as relation,
    concat_ws(' ', ev_id) as row_key,
    'no row in events' as detail
from ntsb_admin
left join events using (ev_id)
where events.source_row is null
union all
select
    'dt_events' as relation,
    concat_ws(' ', ev_id) as row_key,
    'no row in events' as detail
from dt_events
left join events using (ev_id)
where events.source_row is null
