-- needs: clean_airport_names, clean_airports, clean_airport_codes
-- grain: one row per event in the United States that names an airport, by identifier or name: the airport of the reference tables, if it is certain
-- kind: materialized, key: ev_id
-- A method is tried where the ones before it have no airport. If it has several, the event is ambiguous and none is chosen.
-- Of airports that have or had an identifier, the one whose name shares the most words is used, then one that is near, then one whose
-- city shares a word, then the one that has it today, then a current one.
-- An identifier may be reused or mistyped: its airport contradicts the event if it is more than 50 km from its coordinates (without
-- coordinates: in another state), shares no word of name or city with it, and is not as far away as apt_dist says.
-- column: identifier Identifier in ev_nr_apt_id, trimmed and in upper case; null where it names no airport, such as NONE or PVT.
-- column: match How the airport was chosen: identifier; similar identifier (0 for O, with a shared word); name (same words in the state); name and city (the same words together, or the city, with all further words of the name); nearby name (a shared word, within 20 km; an unlisted airport after position, with all words of one of the names); position (within 2 km). Otherwise ambiguous, contradicted, or none.
-- column: candidates Number of airports that the method has; null for contradicted and none.
-- column: airport_id Code icao of the airport in airports, otherwise airport in unlisted_airports; null where none is chosen.
-- column: airport_status Kind of airport: current (in airports), closed or open (in unlisted_airports, the latter mostly heliports); null where none is chosen.
-- column: airport_name Name of the airport.
-- column: time_zone Time zone of the airport in airports; null for other ones.
-- column: airport_latitude Latitude of the airport's reference point, in decimal degrees, north positive.
-- column: airport_longitude Longitude of the airport's reference point, in decimal degrees, east positive.
-- column: distance_km Distance of NTSB's coordinates from the airport's reference point, in kilometers, rounded to 0.1; null without coordinates.
-- column: stated_distance_km Distance of the event from the airport by apt_dist (statute miles), in kilometers, rounded to 0.1; null where apt_dist is null, above 500 miles, or 0 and the event is not on the airport, because 0 may mean not recorded.
-- column: distance_agrees True where the two distances differ by at most 3 km or a quarter of the stated one; null where one is null.
-- column: bearing True bearing of NTSB's coordinates from the airport, in degrees; null within 2 km, where it depends on the point chosen.
-- column: stated_direction Magnetic direction from the airport by apt_dir, in degrees; null for 0, which means not recorded.
-- column: direction_agrees True where the two differ by at most 45 degrees, which includes magnetic variation; null where one is null.
with named as materialized (select * from clean_airport_names),

compared as materialized (
    select
        named.ev_id, airport.airport_id, named.identifier = codes.code as is_exact,
        codes.is_present, airport.status = 'current' as is_current,
        coalesce(st_distancesphere(named.geom, airport.geom) <= 50000, named.state = airport.state, false) as is_near,
        (select count(distinct word) from unnest(named.words) as word where word = any(airport.words)) as shared_words,
        (named.words || named.city_words) && (airport.words || airport.city_words) as shares_word,
        abs(st_distancesphere(named.geom, airport.geom) / 1000 - stated_km) <= greatest(3, stated_km / 4) as is_as_stated
    from named
    inner join clean_airport_codes as codes on translate(named.identifier, 'O', '0') = codes.similar_code
    inner join clean_airports as airport on codes.airport_id = airport.airport_id
),

identified as materialized (
    select
        *,
        rank() over (
            partition by ev_id, is_exact
            order by shared_words desc, is_near desc, shares_word desc, is_present desc, is_current desc
        ) as precedence
    from compared
    where is_near and (is_exact or shares_word) or is_exact and is_current and (shares_word or coalesce(is_as_stated, false))
),

remaining as materialized (
    select named.*
    from named
    left join (select distinct ev_id from identified where is_exact and precedence = 1 and (is_current or shared_words > 0)) as certain
        on named.ev_id = certain.ev_id
    where certain.ev_id is null
),

-- Events meet airports in squares of a quarter of a degree. None is near 180 degrees.
square as materialized (
    select ev_id, geom, words, north, east
    from remaining
    cross join lateral generate_series(floor(4 * st_y(geom) - 0.72)::integer, floor(4 * st_y(geom) + 0.72)::integer) as north
    cross join lateral (select 0.76 / greatest(cos(radians(st_y(geom))), 0.1) as width) as extent
    cross join lateral generate_series(floor(4 * st_x(geom) - width)::integer, floor(4 * st_x(geom) + width)::integer) as east
),

-- Of airports whose name shares no word, only those within 2 km are an option. A degree of latitude is compared first, because that
-- takes less time than the distance: 20 km are less than 0.18 degrees.
near as materialized (
    select
        square.ev_id, airport.airport_id, airport.status, st_distancesphere(square.geom, airport.geom) as meters,
        square.words && airport.words as shares_word,
        square.words && airport.words and (square.words <@ airport.words or square.words @> airport.words) as has_same_words
    from square
    inner join clean_airports as airport on square.north = airport.north and square.east = airport.east
    where abs(st_y(square.geom) - st_y(airport.geom)) < case when square.words && airport.words then 0.18 else 0.018 end
),

in_state as (
    select remaining.ev_id, airport.airport_id, airport.status, airport.geom as airport_geom, remaining.geom as event_geom, 'name' as match
    from remaining
    inner join clean_airports as airport on remaining.state = airport.state and remaining.words = airport.words
    where cardinality(airport.words) > 0
    union all
    select remaining.ev_id, airport.airport_id, airport.status, airport.geom as airport_geom, remaining.geom as event_geom, 'name and city'
    from remaining
    inner join clean_airports as airport on remaining.state = airport.state and remaining.full_words = airport.full_words
    where cardinality(airport.words) > 0
    union all
    select remaining.ev_id, airport.airport_id, airport.status, airport.geom as airport_geom, remaining.geom as event_geom, 'name and city'
    from remaining
    inner join clean_airports as airport
        on remaining.state = airport.state and remaining.city_words = airport.city_words and remaining.words && airport.words
    cross join lateral (
        select bool_and(word = any(airport.words)) as are_shared, max(length(word)) as longest
        from unnest(remaining.words) as word where word <> all(airport.city_words)
    ) as further
    where further.are_shared and further.longest > 2 and cardinality(airport.city_words) > 0
),

option as (
    select
        ev_id, airport_id,
        case when not is_exact then 4 when is_current or shared_words > 0 then 1 else 9 end as step,
        case when is_exact then 'identifier' else 'similar identifier' end as match
    from identified
    where precedence = 1
    union all
    select ev_id, airport_id, case match when 'name' then 5 else 7 end + (status <> 'current')::integer, match
    from in_state
    where coalesce(st_distancesphere(event_geom, airport_geom) <= 50000, true)
    union all
    select ev_id, airport_id, 10, 'nearby name' from near where meters <= 20000 and shares_word and status = 'current'
    union all
    select ev_id, airport_id, 11, 'position' from near where meters <= 2000 and status = 'current'
    union all
    select ev_id, airport_id, 12, 'nearby name' from near where meters <= 20000 and has_same_words and status <> 'current'
),

chosen as materialized (
    select distinct on (ev_id) ev_id, match, candidates, case when candidates = 1 then airport_id end as airport_id
    from (
        select ev_id, step, match, count(distinct airport_id)::integer as candidates, min(airport_id) as airport_id
        from option
        group by ev_id, step, match
    ) as counted
    order by ev_id, step
)

select
    named.ev_id, named.era, named.identifier, named.apt_name,
    case
        when chosen.candidates > 1 then 'ambiguous'
        when chosen.match is not null then chosen.match
        when contradicted.ev_id is not null then 'contradicted'
        else 'none'
    end as match,
    chosen.candidates, airport.airport_id, airport.status as airport_status, airport.name as airport_name, airport.time_zone,
    st_y(airport.geom) as airport_latitude, st_x(airport.geom) as airport_longitude,
    round(kilometers::numeric, 1)::double precision as distance_km, round(stated_km::numeric, 1)::double precision as stated_distance_km,
    abs(kilometers - stated_km) <= greatest(3, stated_km / 4) as distance_agrees,
    round(true_bearing::numeric)::integer as bearing, direction as stated_direction,
    abs(mod((true_bearing - direction + 540)::numeric, 360) - 180) <= 45 as direction_agrees
from named
left join chosen on named.ev_id = chosen.ev_id
left join (select distinct ev_id from compared where is_exact) as contradicted on named.ev_id = contradicted.ev_id
left join clean_airports as airport on chosen.airport_id = airport.airport_id
cross join lateral (select st_distancesphere(named.geom, airport.geom) / 1000 as kilometers) as measured
cross join lateral (select degrees(st_azimuth(airport.geom::geography, named.geom::geography)) as course) as direct
cross join lateral (select case when kilometers > 2 then course end as true_bearing) as rounded
