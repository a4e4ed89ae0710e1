-- needs: events, airport_matches
-- grain: one row per event whose airport is known by identifier or name: a position that follows from the airport, whether or not NTSB has coordinates
-- kind: view
-- The airports of other matches are chosen by NTSB's coordinates, which they could not replace or check. Radii are those within which 95 %
-- of NTSB's coordinates are, where both exist (docs/explanation/places.md). Magnetic variation is not corrected: up to 20 degrees.
-- column: derived_latitude Latitude of the derived position, in decimal degrees, rounded to 0.0001.
-- column: derived_longitude Longitude of the derived position, in decimal degrees, rounded to 0.0001.
-- column: radius_km Radius around the derived position within which the event is expected, in kilometers.
-- column: rule How the position was derived, such as 3 mi at 020 degrees magnetic from KSPB.
-- column: difference_km Distance of the derived position from NTSB's coordinates, in kilometers, rounded to 0.1; null where NTSB has none.
with located as (
    select
        matches.ev_id, matches.era, matches.airport_id,
        st_setsrid(st_makepoint(matches.airport_longitude, matches.airport_latitude), 4326) as airport_geom,
        matches.stated_direction as direction,
        events.apt_dist as miles, matches.stated_distance_km as kilometers, convert.to_code(events.ev_nr_apt_loc) = 'ONAP' as is_on_airport,
        case when not (events.dec_latitude = 0 and events.dec_longitude = 0) then events.geom end as geom
    from airport_matches as matches
    inner join events on matches.ev_id = events.ev_id
    where matches.match in ('identifier', 'similar identifier', 'name', 'name and city')
),

derived as (
    select
        located.*,
        case
            when kilometers > 0 and direction is not null
                then st_project(airport_geom::geography, miles * 1609.344, radians(direction::float8))::geometry
            else airport_geom
        end as position,
        case
            when kilometers > 0 then 8 + kilometers
            when is_on_airport then 10
            else 26
        end as radius,
        case
            when kilometers > 0 and direction is not null
                then format('%s mi at %s degrees magnetic from %s', round(miles::numeric, 1), to_char(direction, 'FM000'), airport_id)
            when kilometers > 0 then format('%s mi from %s', round(miles::numeric, 1), airport_id)
            when is_on_airport then format('on %s', airport_id)
            else format('near %s', airport_id)
        end as rule
    from located
)

select
    ev_id, era, airport_id,
    round(st_y(position)::numeric, 4)::double precision as derived_latitude,
    round(st_x(position)::numeric, 4)::double precision as derived_longitude,
    round(radius::numeric, 1)::double precision as radius_km,
    rule,
    round((st_distancesphere(position, geom) / 1000)::numeric, 1)::double precision as difference_km
from derived
