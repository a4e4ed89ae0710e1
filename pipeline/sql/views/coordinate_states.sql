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
),

outside as materialized (
    select ev_id, state, geom
    from located
    where ev_id not in (select ev_id from inside)
),

distances as (
    select measured.ev_id, min(measured.meters) as meters
    from polygons
    -- `offset 0`: polygon by polygon, because PostGIS prepares one for consecutive points.
    cross join lateral (
        select outside.ev_id, st_distance(polygons.polygon::geography, outside.geom::geography) as meters
        from outside
        where outside.state = polygons.state
        offset 0
    ) as measured
    group by measured.ev_id
),

elsewhere as (
    select outside.ev_id, min(polygons.state collate "C") as state
    from outside
    inner join polygons on outside.geom && polygons.polygon and st_covers(polygons.polygon, outside.geom)
    group by outside.ev_id
)

select
    located.ev_id, located.era, located.ev_state, located.dec_latitude, located.dec_longitude,
    case when distances.ev_id is null then located.state else elsewhere.state end as state_at_coordinates,
    distances.ev_id is null as in_state,
    coalesce(round(distances.meters::numeric / 1000, 1)::double precision, 0) as distance_km
from located
left join distances on located.ev_id = distances.ev_id
left join elsewhere on located.ev_id = elsewhere.ev_id
