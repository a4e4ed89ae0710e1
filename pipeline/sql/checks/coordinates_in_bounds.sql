-- needs: events
-- checks: latitudes are between -90 and 90 degrees and longitudes between -180 and 180
-- severity: stop
-- allow: 0, the cast returns null for values out of range
-- family: coordinates
select
    'events' as relation,
    ev_id as row_key,
    format('dec_latitude %s, dec_longitude %s', dec_latitude, dec_longitude) as detail
from events
where not (dec_latitude between -90 and 90) or not (dec_longitude between -180 and 180)
