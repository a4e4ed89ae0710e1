-- needs: clean_events, airports
-- grain: one row per ev_id: time, location, weather and light; values that mean "not recorded" are null
-- functions: sun
with located as (
    select
        ev_id,
        ev_date,
        ev_time,
        ev_tmzn_code as tmzn,
        ev_state_code as state,
        case when dec_latitude between -90 and 90 and dec_latitude <> 0 then dec_latitude end as latitude,
        case when dec_longitude between -180 and 180 and dec_longitude <> 0 then dec_longitude end as longitude
    from clean_events
),

-- The UTC date of an evening flight in the United States is the next day. As the hour, the date is that of solar time: event_times has
-- legal time, but chooses the position by latlong_acq, which depends on severity.
dated as (
    select
        ev_id,
        case
            when tmzn = 'UTC'
                then coalesce((ev_date + ev_time + make_interval(secs => longitude * 240))::date, ev_date)
            else ev_date
        end as local_date
    from located
),

-- Not the distance from the nearest airport: whether coordinates are measured at the site or copied from an airport depends on severity.
square as (
    select
        floor(latitude::double precision) as north,
        floor(longitude::double precision) as east,
        count(*)::integer as airports
    from airports
    group by floor(latitude::double precision), floor(longitude::double precision)
)

select
    events.ev_id,
    extract(month from dated.local_date)::integer as month,
    extract(isodow from dated.local_date)::integer as weekday,
    -- UTC is converted to solar time: 15 degrees of longitude are one hour. Any other zone is local time already.
    case
        when located.tmzn = 'UTC'
            then mod((extract(epoch from located.ev_time) / 3600 + located.longitude / 15 + 48)::numeric, 24)
        when located.tmzn is not null then extract(epoch from located.ev_time) / 3600
    end::double precision as hour,
    round(sun.elevation::numeric, 1)::double precision as sun_elevation_deg,
    located.state,
    case
        when located.state in ('CT', 'ME', 'MA', 'NH', 'RI', 'VT') then 'new england'
        when located.state in ('NJ', 'NY', 'PA') then 'middle atlantic'
        when located.state in ('IL', 'IN', 'MI', 'OH', 'WI') then 'east north central'
        when located.state in ('IA', 'KS', 'MN', 'MO', 'NE', 'ND', 'SD') then 'west north central'
        when located.state in ('DE', 'DC', 'FL', 'GA', 'MD', 'NC', 'SC', 'VA', 'WV') then 'south atlantic'
        when located.state in ('AL', 'KY', 'MS', 'TN') then 'east south central'
        when located.state in ('AR', 'LA', 'OK', 'TX') then 'west south central'
        when located.state in ('AZ', 'CO', 'ID', 'MT', 'NV', 'NM', 'UT', 'WY') then 'mountain'
        when located.state in ('CA', 'OR', 'WA') then 'pacific'
        when located.state = 'AK' then 'alaska'
        when located.state = 'HI' then 'hawaii'
        when located.state in ('AS', 'GU', 'MP', 'PR', 'VI') then 'territory'
        when located.state in ('AO', 'CB', 'GM', 'OF', 'PO') then 'offshore'
    end as region,
    located.latitude,
    located.longitude,
    -- The table of airports is optional: without it, their number is not known.
    case
        when located.latitude is not null and located.longitude is not null and exists (select from airports)
            then coalesce(square.airports, 0)
    end as airport_count,
    events.light_cond_code as light_cond,
    events.wx_cond_basic_code as wx_cond_basic,
    case when events.vis_sm > 0 and events.vis_sm <= 100 then events.vis_sm end as visibility_sm,
    events.sky_cond_ceil_code as sky_cond_ceil,
    -- No ceiling is a measurement, not a missing value: it is represented by the highest possible ceiling.
    case
        when events.sky_ceil_ht > 0 and events.sky_ceil_ht <= 60000 then events.sky_ceil_ht
        when events.sky_cond_ceil_code = 'NONE' then 60000
    end as ceiling_ft,
    -- Calm is a measurement; zero without that indicator means not recorded.
    case
        when events.wind_vel_kts between 1 and 120 then events.wind_vel_kts
        when events.wind_vel_kts = 0 and events.wind_vel_ind_code = 'CALM' then 0
    end as wind_kts,
    case when events.gust_kts between 1 and 150 then events.gust_kts end as gust_kts,
    -- Files give degrees Fahrenheit. Zero without a dew point means not recorded, and 149 means unknown.
    case
        when events.wx_temp = 0 and coalesce(events.wx_dew_pt, 0) = 0 then null
        when events.wx_temp between -129 and 134 then round((events.wx_temp - 32) / 1.8, 1)::double precision
    end as temperature_c,
    case
        when events.apt_dist > 0 and events.apt_dist <= 500 then events.apt_dist
        when events.apt_dist = 0 and events.ev_nr_apt_loc_code in ('ONAP', 'ONAS') then 0
    end as apt_dist_sm,
    case
        when events.ev_nr_apt_loc_code in ('ONAP', 'ONAS') then true
        when events.ev_nr_apt_loc_code = 'OFAP' then false
    end as is_on_airport,
    case events.mid_air_code when 'Y' then true when 'N' then false end as is_mid_air
from clean_events as events
inner join located on events.ev_id = located.ev_id
inner join dated on events.ev_id = dated.ev_id
left join square on floor(located.latitude) = square.north and floor(located.longitude) = square.east
left join lateral mart.sun(located.ev_date + located.ev_time, located.latitude, located.longitude) as sun
    on located.tmzn = 'UTC' and located.ev_time is not null and located.latitude is not null and located.longitude is not null
