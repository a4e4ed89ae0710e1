-- needs: airports, unlisted_airports
-- grain: one row per airport of the United States in airports, and per other one in unlisted_airports
-- kind: materialized, key: airport_id
-- schema: staging
-- functions: airport_names
-- Materialized: only new reference tables change it, and splitting its names takes longer than all else about airports.
-- column: airport_id Identifier of the airport: column icao of airports, otherwise column airport of unlisted_airports.
-- column: status Kind of airport: current (in airports), or the status of unlisted_airports: closed or open.
-- column: name Name of the airport.
-- column: state Postal code of the state or territory.
-- column: time_zone Time zone in the tz database; null for airports that are not in airports.
-- column: geom Position of the airport (WGS 84).
-- column: north Quarter degrees of latitude, rounded down.
-- column: east Quarter degrees of longitude, rounded down.
-- column: words Words of the name, without those that many names have.
-- column: city_words Words of the city.
-- column: full_words All words of the name, sorted.
with other as (
    select distinct on (airport) *
    from unlisted_airports
    where status <> 'earlier code'
    order by airport, line
),

stated as (
    select icao as airport_id, 'current' as status, name, city, state, time_zone, latitude, longitude
    from airports
    where country = 'US'
    union all
    select airport, status, name, city, state, null, latitude, longitude
    from other
)

select
    airport_id, status, name, state, time_zone,
    st_setsrid(st_makepoint(longitude::float8, latitude::float8), 4326) as geom,
    floor(4 * latitude::float8)::integer as north, floor(4 * longitude::float8)::integer as east,
    mart.airport_words(name) as words, mart.airport_words(city) as city_words,
    array(select distinct unnest(mart.all_airport_words(name)) order by 1) as full_words
from stated
