-- needs: clean_events, event_positions, airports
-- grain: one row per event with a date, of every era: time zone, UTC, local and solar time, and whether NTSB's codes of light and zone agree
-- kind: view
-- functions: sun
-- Time zones and their changes are those of the server's tz database, which describes the United States well from 1967 on.
-- Light: day while the sun's center is above -0.833 degrees (sunrise and sunset), night below -6 (civil twilight), else dawn or dusk.
-- column: time_zone Time zone of the event in the tz database, such as America/Chicago; null where it is not known.
-- column: time_zone_source How the time zone was chosen: state (all airports of the state have it), airport (that of most of the three nearest in or outside the country, within 100 km), or city (all airports of the city have it).
-- column: clock Clock of ev_date and ev_time: UTC; the zone in ev_tmzn, such as EST; LOCAL, the legal time there; or UNKNOWN.
-- column: utc_time Date and time in UTC; null without a time, with an unknown clock, or for a local time without a time zone.
-- column: local_time Date and legal time at the event, with daylight saving time; null without utc_time or time_zone.
-- column: ev_tmzn_agrees True where the zone in ev_tmzn has the legal difference from UTC at that time; null where ev_tmzn names no local zone.
-- column: solar_time Apparent solar time, 12:00 at the sun's highest point, to the minute; null without utc_time or position.
-- column: sun_elevation Elevation of the sun's center in degrees, without refraction, rounded to 0.1; null without utc_time or position.
-- column: light_by_sun Light by sun_elevation: DAYL, DAWN, DUSK or NITE.
-- column: light_agrees True where light_cond is light_by_sun (NITE for NDRK and NBRT too); null where one is unknown.
-- column: light_difference Degrees by which sun_elevation is outside the range of light_cond, rounded to 0.1; 0 where they agree, up to dawn and dusk being exchanged.
with state_zone as materialized (
    select state, min(time_zone collate "C") as time_zone from airports
    where state is not null group by state having count(distinct time_zone) = 1
),

city_zone as (
    select state, upper(city) as city, min(time_zone collate "C") as time_zone from airports
    where state is not null group by state, upper(city) having count(distinct time_zone) = 1
),

located as (
    select
        events.ev_id, events.era, events.ev_date, events.ev_time, events.light_cond_code,
        events.is_us,
        case when events.is_us then events.ev_state_code end as state,
        convert.to_words(upper(events.ev_city)) as city,
        positions.position_latitude as latitude, positions.position_longitude as longitude,
        st_setsrid(st_makepoint(positions.position_longitude, positions.position_latitude), 4326)::geography as geog,
        case
            when mart.is_record_era(events.era) or events.ev_tmzn_code = 'LCL' then 'LOCAL'
            when events.ev_tmzn_code = 'UTC' then 'UTC'
            when zone_hours.hours is not null then events.ev_tmzn_code
            else 'UNKNOWN'
        end as clock,
        zone_hours.hours
    from clean_events as events
    inner join event_positions as positions on events.ev_id = positions.ev_id
    left join
        (
            values
            ('AST', -4), ('ADT', -3), ('EST', -5), ('EDT', -4), ('CST', -6), ('CDT', -5), ('MST', -7), ('MDT', -6),
            ('PST', -8), ('PDT', -7), ('YST', -9), ('YDT', -8), ('AKS', -9), ('AKD', -8), ('HST', -10), ('HDT', -9)
        ) as zone_hours (code, hours)
        on events.ev_tmzn_code = zone_hours.code and not mart.is_record_era(events.era)
    where events.ev_date is not null
),

zoned as (
    select
        located.*,
        coalesce(state_zone.time_zone, near.time_zone, city_zone.time_zone) as time_zone,
        case
            when state_zone.state is not null then 'state'
            when near.time_zone is not null then 'airport'
            when city_zone.city is not null then 'city'
        end as time_zone_source
    from located
    left join state_zone on located.state = state_zone.state
    left join city_zone on located.state = city_zone.state and located.city = city_zone.city
    left join lateral (
        select nearest.time_zone
        from (
            -- The index of airports gives the nearest ones. One of three may have a wrong zone; KIND has that of New York.
            select time_zone, st_setsrid(st_makepoint(longitude::float8, latitude::float8), 4326)::geography <-> located.geog as meters
            from airports
            where state_zone.state is null and located.geog is not null
                and (located.is_us is null or located.is_us = (airports.country in ('US', 'UM')))
            order by meters
            limit 3
        ) as nearest
        where nearest.meters <= 100000
        group by nearest.time_zone
        order by count(*) desc, min(nearest.meters), nearest.time_zone collate "C"
        limit 1
    ) as near on true
),

timed as (
    select
        zoned.*,
        case clock
            when 'UTC' then ev_date + ev_time
            when 'LOCAL' then (ev_date + ev_time) at time zone time_zone at time zone 'UTC'
            when 'UNKNOWN' then null
            else ev_date + ev_time - make_interval(hours => hours)
        end as utc_time
    from zoned
),

lit as (
    select
        timed.*, timed.utc_time at time zone 'UTC' at time zone timed.time_zone as local_time, sun.elevation, sun.solar_minutes,
        case
            when sun.elevation >= -0.833 then 'DAYL'
            when sun.elevation < -6 then 'NITE'
            when sun.solar_minutes < 720 then 'DAWN'
            when sun.solar_minutes >= 720 then 'DUSK'
        end as light_by_sun,
        case
            when timed.light_cond_code in ('NITE', 'NDRK', 'NBRT') then 'NITE'
            when timed.light_cond_code in ('DAYL', 'DAWN', 'DUSK') then timed.light_cond_code
        end as light
    from timed
    left join lateral mart.sun(timed.utc_time, timed.latitude, timed.longitude) as sun
        on timed.utc_time is not null and timed.latitude is not null
)

select
    ev_id, era, time_zone, time_zone_source, clock, utc_time, local_time,
    local_time - utc_time = make_interval(hours => hours) as ev_tmzn_agrees,
    make_time(floor(solar_minutes)::integer / 60, floor(solar_minutes)::integer % 60, 0) as solar_time,
    round(elevation::numeric, 1)::double precision as sun_elevation,
    light_by_sun,
    light = light_by_sun as light_agrees,
    case when elevation is not null then round(case light
        when 'DAYL' then greatest(0, -0.833 - elevation)
        when 'NITE' then greatest(0, elevation + 6)
        when 'DAWN' then greatest(0, elevation + 0.833, -6 - elevation)
        when 'DUSK' then greatest(0, elevation + 0.833, -6 - elevation)
    end::numeric, 1)::double precision end as light_difference
from lit
