-- needs: events
-- checks: geom is the point at dec_longitude and dec_latitude, and null exactly where one of them is
-- severity: stop
-- allow: 0, it is a generated column
-- family: generated columns
select
    'events' as relation,
    ev_id as row_key,
    format('geom is %s, dec_latitude %s, dec_longitude %s', st_astext(geom), dec_latitude, dec_longitude) as detail
from events
where (geom is null) <> (dec_latitude is null or dec_longitude is null)
    or st_y(geom) <> dec_latitude
    or st_x(geom) <> dec_longitude
    or st_srid(geom) <> 4326
