-- needs: events
-- grain: one row per ev_id; when, where, weather and light; values that stand for "not recorded" are null
with placed as (
    select
        ev_id,
        ev_date,
        ev_time,
        upper(ev_tmzn) as tmzn,
        upper(ev_state) as state,
        case when dec_latitude between -90 and 90 and dec_latitude <> 0 then dec_latitude end as latitude,
        case when dec_longitude between -180 and 180 and dec_longitude <> 0 then dec_longitude end as longitude
    from events
)

select
    events.ev_id,
    extract(month from events.ev_date)::integer as month,
    extract(isodow from events.ev_date)::integer as weekday,
    -- Clock times are UTC: 15 degrees of longitude are an hour of sun. Another zone is the clock at the place.
    case
        when placed.tmzn = 'UTC'
            then mod((extract(epoch from placed.ev_time) / 3600 + placed.longitude / 15 + 48)::numeric, 24)
        when placed.tmzn is not null then extract(epoch from placed.ev_time) / 3600
    end::double precision as hour,
    placed.state,
    case
        when placed.state in ('CT', 'ME', 'MA', 'NH', 'RI', 'VT') then 'new england'
        when placed.state in ('NJ', 'NY', 'PA') then 'middle atlantic'
        when placed.state in ('IL', 'IN', 'MI', 'OH', 'WI') then 'east north central'
        when placed.state in ('IA', 'KS', 'MN', 'MO', 'NE', 'ND', 'SD') then 'west north central'
        when placed.state in ('DE', 'DC', 'FL', 'GA', 'MD', 'NC', 'SC', 'VA', 'WV') then 'south atlantic'
        when placed.state in ('AL', 'KY', 'MS', 'TN') then 'east south central'
        when placed.state in ('AR', 'LA', 'OK', 'TX') then 'west south central'
        when placed.state in ('AZ', 'CO', 'ID', 'MT', 'NV', 'NM', 'UT', 'WY') then 'mountain'
        when placed.state in ('CA', 'OR', 'WA') then 'pacific'
        when placed.state = 'AK' then 'alaska'
        when placed.state = 'HI' then 'hawaii'
        when placed.state in ('AS', 'GU', 'MP', 'PR', 'VI') then 'territory'
        when placed.state in ('AO', 'CB', 'GM', 'OF', 'PO') then 'offshore'
    end as region,
    placed.latitude,
    placed.longitude,
    upper(events.light_cond) as light_cond,
    upper(events.wx_cond_basic) as wx_cond_basic,
    case when events.vis_sm > 0 and events.vis_sm <= 100 then events.vis_sm end as visibility_sm,
    upper(events.sky_cond_ceil) as sky_cond_ceil,
    -- No ceiling is news, not a blank: it stands as the highest there can be.
    case
        when events.sky_ceil_ht > 0 and events.sky_ceil_ht <= 60000 then events.sky_ceil_ht
        when upper(events.sky_cond_ceil) = 'NONE' then 60000
    end as ceiling_ft,
    -- Calm is a measurement, a bare zero is not.
    case
        when events.wind_vel_kts between 1 and 120 then events.wind_vel_kts
        when events.wind_vel_kts = 0 and upper(events.wind_vel_ind) = 'CALM' then 0
    end as wind_kts,
    case when events.gust_kts between 1 and 150 then events.gust_kts end as gust_kts,
    -- The files hold degrees Fahrenheit. Zero with no dew point beside it is a filled blank; 149 stands for missing.
    case
        when events.wx_temp = 0 and coalesce(events.wx_dew_pt, 0) = 0 then null
        when events.wx_temp between -129 and 134 then round((events.wx_temp - 32) / 1.8, 1)::double precision
    end as temperature_c,
    case
        when events.apt_dist > 0 and events.apt_dist <= 500 then events.apt_dist
        when events.apt_dist = 0 and upper(events.ev_nr_apt_loc) in ('ONAP', 'ONAS') then 0
    end as apt_dist_nm,
    case
        when upper(events.ev_nr_apt_loc) in ('ONAP', 'ONAS') then true
        when upper(events.ev_nr_apt_loc) = 'OFAP' then false
    end as is_on_airport,
    case upper(events.mid_air) when 'Y' then true when 'N' then false end as is_mid_air
from events
inner join placed on events.ev_id = placed.ev_id
