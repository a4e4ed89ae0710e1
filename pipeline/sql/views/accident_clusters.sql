-- needs: accident_positions
-- grain: one row per cluster of located accidents in the USA (DBSCAN: at least 10 accidents within 3 km)
-- kind: materialized, key: cluster_no
-- DBSCAN over NTSB's own coordinates in an equal-area projection of the contiguous United States (EPSG:5070); distances in Alaska, Hawaii and
-- the territories are less exact. Coordinates of an airport or a town, which many accidents have before 2008, make a cluster of their own.
-- column: cluster_no Number of the cluster: 1 has the most accidents; of equal ones, the one with the lowest ev_id is first.
-- column: city Most frequent city of its accidents, in upper case; of equally frequent ones the first in C order.
-- column: state Code of the state of that city.
-- column: center_latitude Mean latitude of its accidents, in decimal degrees, rounded to 0.001.
-- column: center_longitude Mean longitude of its accidents, in decimal degrees, rounded to 0.001.
-- column: radius_km Distance of its center from the accident that is farthest away, in kilometers, rounded to 0.1.
-- column: accidents Number of its accidents.
-- column: fatal_accidents Number of those with severity FATL.
-- column: accidents_of_known_severity Number of those whose severity is known.
-- column: first_year Year of the first of them.
-- column: last_year Year of the last of them.
with located as (
    select
        ev_id, ev_year, severity, upper(btrim(ev_city)) as city, ev_state,
        st_setsrid(st_makepoint(position_longitude, position_latitude), 4326) as geom
    from accident_positions
    where is_located and position_quality <> 'derived'
),

clustered as materialized (
    -- The order decides which cluster gets an accident that is near two.
    select *, st_clusterdbscan(st_transform(geom, 5070), 3000, 10) over (order by ev_id collate "C") as cluster
    from located
),

cities as (
    select distinct on (cluster) cluster, city, ev_state
    from (
        select cluster, city, ev_state, count(*) as accidents
        from clustered
        group by cluster, city, ev_state
    ) as named
    order by cluster, accidents desc, city collate "C", ev_state collate "C"
),

centers as materialized (
    select
        cluster,
        -- Sums of numerics do not depend on the order of rows.
        round(avg(st_y(geom)::numeric), 3)::double precision as latitude, round(avg(st_x(geom)::numeric), 3)::double precision as longitude,
        count(*) as accidents,
        count(*) filter (where severity = 'FATL') as fatal_accidents,
        count(severity) as accidents_of_known_severity,
        min(ev_year) as first_year, max(ev_year) as last_year, min(ev_id collate "C") as first_id
    from clustered
    where cluster is not null
    group by cluster
),

radii as (
    select
        centers.cluster,
        max(st_distancesphere(clustered.geom, st_setsrid(st_makepoint(centers.longitude, centers.latitude), 4326))) as meters
    from centers
    inner join clustered on centers.cluster = clustered.cluster
    group by centers.cluster
)

select
    (row_number() over (order by centers.accidents desc, centers.first_id collate "C"))::integer as cluster_no,
    cities.city, cities.ev_state as state,
    centers.latitude as center_latitude, centers.longitude as center_longitude,
    round(radii.meters::numeric / 1000, 1)::double precision as radius_km,
    centers.accidents, centers.fatal_accidents, centers.accidents_of_known_severity, centers.first_year, centers.last_year
from centers
inner join cities on centers.cluster = cities.cluster
inner join radii on centers.cluster = radii.cluster
