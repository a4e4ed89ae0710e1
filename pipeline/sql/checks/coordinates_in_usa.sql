-- needs: events
-- checks: an event in the USA is within rough bounding boxes of the states and territories
-- severity: warn
-- allow: 0, most points outside have a wrong sign of the longitude
-- family: coordinates
with bounds (south, north, west, east) as (
    values
    -- The states, Alaska and Hawaii, Puerto Rico, the Virgin Islands and the waters between.
    (15, 72, -180, -60),
    -- The Aleutian Islands west of the 180th meridian.
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
where convert.to_code(events.ev_country) = 'USA'
    -- Oceans and foreign places, which NTSB codes as states.
    and coalesce(convert.to_code(events.ev_state), '') not in ('AO', 'PO', 'OF')
    and events.dec_latitude is not null and events.dec_longitude is not null
    and not (events.dec_latitude = 0 and events.dec_longitude = 0)
    and not exists (
        select from bounds
        where events.dec_latitude between bounds.south and bounds.north
            and events.dec_longitude between bounds.west and bounds.east
    )
