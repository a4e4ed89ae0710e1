-- needs: events
-- checks: typed coordinates lie on the earth
-- severity: stop
-- allow: 0, typing makes null of what does not
-- family: coordinates
select
    'events' as relation,
    ev_id as row_key,
    format('dec_latitude %s, dec_longitude %s', dec_latitude, dec_longitude) as detail
from events
where not (dec_latitude between -90 and 90) or not (dec_longitude between -180 and 180)
