-- needs: clean_events, state_boundary
-- grain: one row per event in the USA with coordinates and the code of a state or territory: the distance of its coordinates from there
-- kind: view
-- Boundaries are accurate to about half a kilometer, without the sea and the Great Lakes. Oceans and places abroad, which NTSB codes
-- as states, have no boundary.
-- column: state_at_coordinates Code of the state or territory in which the coordinates are; null at sea, on a large lake or abroad.
-- column: in_state True where the coordinates are in ev_state.
-- column: distance_km Distance of the coordinates from ev_state, in kilometers, rounded to 0.1; 0 where they are in it.
with polygons as materialized (
    select state, st_geomfromtext(boundary, 4326) as polygon
    from state_boundary
),

located as (
    select
        ev_id, era, ev_state, dec_latitude, dec_longitude, geom,
        -- CQ is an older code of the Northern Mariana Islands.
        case ev_state_code when 'CQ' then 'MP' else ev_state_code end as state
    from clean_events
    where is_us and geom is not null and not (dec_latitude = 0 and dec_longitude = 0)
        and case ev_state_code when 'CQ' then 'MP' else ev_state_code end in (select state from state_boundary)
    -- PostGIS prepares a polygon once for consecutive points.
    order by state
),

inside as (
    select distinct located.ev_id
    from located
    inner join polygons on located.state = polygons.state and located.geom && polygons.polygon and st_covers(polygons.polygon, located.geom)
)

select
    located.ev_id, located.era, located.ev_state, located.dec_latitude, located.dec_longitude,
    case when inside.ev_id is null then elsewhere.state else located.state end as state_at_coordinates,
    inside.ev_id is not null as in_state,
    case when inside.ev_id is null then round(distance.meters::numeric / 1000, 1)::double precision else 0 end as distance_km
from located
left join inside on located.ev_id = inside.ev_id
left join lateral (
    select min(st_distance(polygons.polygon::geography, located.geom::geography)) as meters
    from polygons
    where inside.ev_id is null and polygons.state = located.state
) as distance on true
left join lateral (
    select min(polygons.state collate "C") as state
    from polygons
    where inside.ev_id is null and located.geom && polygons.polygon and st_covers(polygons.polygon, located.geom)
) as elsewhere on true
