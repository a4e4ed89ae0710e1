-- needs: events
-- grain: one row per event in the United States that names an airport, by identifier or name
-- kind: view
-- schema: staging
-- functions: airport_names
-- N/A and the like, and names of only such words as FARM STRIP, name no airport.
-- column: identifier Identifier in ev_nr_apt_id, trimmed and in upper case; null where it names no airport, such as NONE or PVT.
-- column: state Code ev_state, trimmed and in upper case.
-- column: city_words Words of the city.
-- column: words Words of apt_name, without those that many names have; empty where it names no airport.
-- column: full_words All words of city and apt_name, sorted; null where apt_name has none.
-- column: geom Point of NTSB's coordinates (WGS 84); null where they are missing or 0.
-- column: stated_km Distance of the event from the airport by apt_dist, in kilometers; null where apt_dist is null, above 500, or 0 and the event is not on the airport.
-- column: direction Magnetic direction from the airport by apt_dir, in degrees; null for 0, which means not recorded.
-- Each name of an airport and of a city is split into words once, as well as each pair of them.
with names as materialized (
    select
        apt_name, mart.all_airport_words(apt_name) as all_words,
        case
            when upper(apt_name) ~ '^[^A-Z0-9]*(N[ /.]*A|NONE|NIL|UNK(N|NOWN)?|NOT (APPLICABLE|AVAILABLE))[^A-Z0-9]*$' then array[]::text []
            else mart.airport_words(apt_name)
        end as words
    from (select distinct coalesce(apt_name, '') as apt_name from events) as distinct_names
),

cities as materialized (
    select city, mart.all_airport_words(city) as all_words, mart.airport_words(city) as words
    from (select distinct coalesce(ev_city, '') as city from events) as distinct_cities
),

pairs as materialized (
    select
        pair.apt_name, pair.city, names.words, cities.words as city_words,
        case
            when cardinality(names.all_words) > 0
                then array(select distinct unnest(cities.all_words || names.all_words) order by 1)
        end as full_words
    from (select distinct coalesce(apt_name, '') as apt_name, coalesce(ev_city, '') as city from events) as pair
    inner join names on pair.apt_name = names.apt_name
    inner join cities on pair.city = cities.city
)

select
    ev_id, era, events.apt_name, identifier, convert.to_code(ev_state) as state, pairs.city_words, pairs.words, pairs.full_words,
    case when not (dec_latitude = 0 and dec_longitude = 0) then geom end as geom,
    case
        when apt_dist > 0 and apt_dist <= 500 or apt_dist = 0 and convert.to_code(ev_nr_apt_loc) = 'ONAP' then apt_dist * 1.609344
    end as stated_km,
    case when apt_dir between 1 and 360 then apt_dir end as direction
from events
inner join pairs on coalesce(events.apt_name, '') = pairs.apt_name and coalesce(ev_city, '') = pairs.city
cross join lateral (
    select case
        when code ~ '^[A-Z0-9]{2,5}$' and code !~ '^(NONE?|NA|NR|UNKN?|PVTE?|PRIV?|PRVT|X+)$' then code
    end as identifier
    from (select convert.to_code(ev_nr_apt_id) as code) as stated
) as known
where (ev_country = 'USA' or convert.to_code(ev_country) = 'USA')
    and (identifier is not null or cardinality(pairs.words) > 0)
