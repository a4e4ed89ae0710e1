-- needs: events, airports
-- grain: one row per event in the United States that names an airport, by identifier or name: the airport of the reference table, if it is certain
-- kind: materialized, key: ev_id
-- functions: airport_names
-- A method is tried where the ones before it have no airport. If it has several, the event is ambiguous and none is chosen.
-- An identifier may be reused or mistyped: its airport contradicts the event if it is more than 50 km from its coordinates (without
-- coordinates: in another state) and shares no word of name or city with it.
-- column: identifier Identifier in ev_nr_apt_id, trimmed and in upper case; null where it names no airport, such as NONE or PVT.
-- column: match How the airport was chosen: identifier; name (same words in the state); nearby name (a shared word, within 20 km); position (within 2 km). Otherwise ambiguous, contradicted, or none.
-- column: candidates Number of airports that the method has; null for contradicted and none.
-- column: airport_id Code icao of the airport in airports; null where none is chosen.
-- column: airport_name Name of the airport in airports.
-- column: time_zone Time zone of the airport in airports.
-- column: airport_latitude Latitude of the airport's reference point, in decimal degrees, north positive.
-- column: airport_longitude Longitude of the airport's reference point, in decimal degrees, east positive.
-- column: distance_km Distance of NTSB's coordinates from the airport's reference point, in kilometers, rounded to 0.1; null without coordinates.
-- column: stated_distance_km Distance of the event from the airport by apt_dist (statute miles), in kilometers, rounded to 0.1; null where apt_dist is null, or 0 and the event is not on the airport, because 0 may mean not recorded.
-- column: distance_agrees True where the two distances differ by at most 3 km or a quarter of the stated one; null where one is null.
-- column: bearing True bearing of NTSB's coordinates from the airport, in degrees; null within 2 km, where it depends on the point chosen.
-- column: stated_direction Magnetic direction from the airport by apt_dir, in degrees; null for 0, which means not recorded.
-- column: direction_agrees True where the two differ by at most 45 degrees, which includes magnetic variation; null where one is null.
-- Each name is split into words once.
with names as materialized (
    select apt_name, mart.airport_words(apt_name) as words
    from (select distinct coalesce(apt_name, '') as apt_name from events) as distinct_names
),

named as (
    select
        ev_id, era, convert.to_code(ev_state) as state, convert.to_words(upper(ev_city)) as city, events.apt_name, identifier,
        case when not (dec_latitude = 0 and dec_longitude = 0) then geom end as geom,
        apt_dist, apt_dir, convert.to_code(ev_nr_apt_loc) = 'ONAP' as is_on_airport, names.words
    from events
    inner join names on coalesce(events.apt_name, '') = names.apt_name
    cross join lateral (
        select case
            when code ~ '^[A-Z0-9]{2,5}$' and code !~ '^(NONE?|NA|NR|UNKN?|PVTE?|PRIV?|PRVT|X+)$' then code
        end as identifier
        from (select convert.to_code(ev_nr_apt_id) as code) as stated
    ) as known
    where (ev_country = 'USA' or convert.to_code(ev_country) = 'USA')
        and (identifier is not null or cardinality(names.words) > 0)
),

airport as materialized (
    select
        icao, iata, local_id, name, state, time_zone, st_setsrid(st_makepoint(longitude::float8, latitude::float8), 4326) as geom,
        mart.airport_words(name) as words, mart.airport_words(city) as city_words
    from airports
    where country = 'US'
),

-- FAA's identifier precedes the ICAO code, and that the IATA code. NTSB writes K before identifiers that are no ICAO codes.
code as (
    select distinct on (code) code, icao
    from airport
    cross join lateral (values (1, local_id), (2, icao), (3, iata), (4, 'K' || local_id)) as codes (precedence, code)
    where code is not null
    order by code, precedence, icao
),

identified as materialized (
    select
        named.ev_id, airport.icao,
        coalesce(st_distancesphere(named.geom, airport.geom) <= 50000, named.state = airport.state, false)
        or named.words && (airport.words || airport.city_words) or mart.airport_words(named.city) && (airport.words || airport.city_words)
            as is_plausible
    from named
    inner join code on named.identifier = code.code
    inner join airport on code.icao = airport.icao
),

remaining as materialized (
    select * from named
    where not exists (select from identified where identified.ev_id = named.ev_id and identified.is_plausible)
),

-- Looked up in the index of airports: a rectangle around 20 km, also at the northernmost airport. None of these is near 180 degrees.
near as materialized (
    select remaining.ev_id, airport.icao, measured.meters, remaining.words && airport.words as shares_word
    from remaining
    inner join airports
        on st_setsrid(st_makepoint(airports.longitude::float8, airports.latitude::float8), 4326)
        && st_expand(remaining.geom, 0.19 / greatest(cos(radians(st_y(remaining.geom))), 0.1), 0.19)
    inner join airport on airports.icao = airport.icao
    cross join lateral (select st_distancesphere(remaining.geom, airport.geom) as meters) as measured
    where measured.meters <= 20000
),

option as (
    select ev_id, icao, 1 as step, 'identifier' as match from identified where is_plausible
    union all
    select remaining.ev_id, airport.icao, 2, 'name'
    from remaining
    inner join airport on remaining.state = airport.state and remaining.words = airport.words and cardinality(airport.words) > 0
    where coalesce(st_distancesphere(remaining.geom, airport.geom) <= 50000, true)
    union all
    select ev_id, icao, 3, 'nearby name' from near where shares_word
    union all
    select ev_id, icao, 4, 'position' from near where meters <= 2000
),

chosen as (
    select distinct on (ev_id) ev_id, match, candidates, icao
    from (
        select ev_id, step, match, count(*)::integer as candidates, min(icao collate "C") as icao
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
        when named.ev_id in (select ev_id from identified) then 'contradicted'
        else 'none'
    end as match,
    chosen.candidates, airport.icao as airport_id, airport.name as airport_name, airport.time_zone,
    st_y(airport.geom) as airport_latitude, st_x(airport.geom) as airport_longitude,
    round(kilometers::numeric, 1)::double precision as distance_km,
    round(stated_kilometers::numeric, 1)::double precision as stated_distance_km,
    abs(kilometers - stated_kilometers) <= greatest(3, stated_kilometers / 4) as distance_agrees,
    round(true_bearing::numeric)::integer as bearing,
    direction as stated_direction,
    abs(mod((true_bearing - direction + 540)::numeric, 360) - 180) <= 45 as direction_agrees
from named
left join chosen on named.ev_id = chosen.ev_id
left join airport on chosen.icao = airport.icao and chosen.candidates = 1
cross join lateral (
    select
        st_distancesphere(named.geom, airport.geom) / 1000 as kilometers,
        case
            when named.apt_dist > 0 or (named.apt_dist = 0 and named.is_on_airport) then named.apt_dist * 1.609344
        end as stated_kilometers,
        case when named.apt_dir between 1 and 360 then named.apt_dir end as direction
) as measured
cross join lateral (
    select case when kilometers > 2 then degrees(st_azimuth(airport.geom::geography, named.geom::geography)) end as true_bearing
) as course
