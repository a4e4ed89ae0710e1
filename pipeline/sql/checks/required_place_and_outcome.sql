-- needs: events
-- checks: every event has a highest injury level and, in the USA, a state
-- severity: warn
-- allow: 0, without them an event is missing from counts by severity or state
-- family: required values
select
    'events' as relation,
    ev_id as row_key,
    'ev_highest_injury is missing' as detail
from events
where coalesce(convert.to_code(ev_highest_injury), '') = ''
union all
select
    'events' as relation,
    ev_id as row_key,
    'ev_state is missing, ev_country is USA' as detail
from events
where convert.to_code(ev_country) = 'USA' and coalesce(convert.to_code(ev_state), '') = ''
