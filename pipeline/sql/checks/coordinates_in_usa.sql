-- needs: events
-- checks: an event in the USA lies in a rough frame around its states and territories
-- severity: warn
-- allow: 0, what lies outside has most often lost or gained the sign of its longitude
-- family: coordinates
with frames (south, north, west, east) as (
    values
    -- The states, Alaska and Hawaii, Puerto Rico, the Virgin Islands and the waters between.
    (15, 72, -180, -60),
    -- The Aleutians beyond 180 degrees.
    (50, 56, 170, 180),
    -- Guam, the Northern Marianas and Wake.
    (10, 22, 140, 170),
    -- American Samoa and the islands south of Hawaii.
    (-16, 15, -180, -150)
)

select
    'events' as relation,
    events.ev_id as row_key,
    format('%s, dec_latitude %s, dec_longitude %s', events.ev_state, events.dec_latitude, events.dec_longitude) as detail
from events
where upper(btrim(events.ev_country)) = 'USA'
    -- Oceans and foreign places, which NTSB writes as states.
    and coalesce(upper(btrim(events.ev_state)), '') not in ('AO', 'PO', 'OF')
    and events.dec_latitude is not null and events.dec_longitude is not null
    and not (events.dec_latitude = 0 and events.dec_longitude = 0)
    and not exists (
        select from frames
        where events.dec_latitude between frames.south and frames.north
            and events.dec_longitude between frames.west and frames.east
    )
