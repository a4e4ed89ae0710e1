-- needs: events
-- checks: no event has latitude 0 and longitude 0
-- severity: warn
-- allow: 0, NTSB fills missing coordinates with zeros; has_coordinates in event_summary is false for them
-- family: coordinates
select
    'events' as relation,
    ev_id as row_key,
    'dec_latitude and dec_longitude are 0' as detail
from events
where dec_latitude = 0 and dec_longitude = 0
