-- needs: events
-- checks: latitude and longitude are both present or both missing
-- severity: warn
-- allow: 0, one coordinate alone does not locate an event
-- family: coordinates
select
    'events' as relation,
    ev_id as row_key,
    format(
        'dec_latitude %s, dec_longitude %s',
        coalesce(dec_latitude::text, 'missing'), coalesce(dec_longitude::text, 'missing')
    ) as detail
from events
where (dec_latitude is null) <> (dec_longitude is null)
