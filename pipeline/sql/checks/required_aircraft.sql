-- needs: events, aircraft
-- checks: every event has at least one aircraft
-- severity: warn
-- allow: 0, an event without aircraft is missing from every count by aircraft
-- family: required values
select
    'events' as relation,
    events.ev_id as row_key,
    'no row in aircraft' as detail
from events
where not exists (select from aircraft where aircraft.ev_id = events.ev_id)
