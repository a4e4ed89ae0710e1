-- needs: tblsecondhalf, decoded
-- grain: temporary view: weather, one row per second half: what was measured, in the units of the modern tables

-- In the units of US observations of those years: degrees Fahrenheit, knots, feet, statute miles, tens of degrees of
-- direction (36 is north; 00 says no direction). Z is unknown and blank not recorded: neither is a number. A ceiling of
-- 99999 is none. Temperatures stay in degrees Fahrenheit: current files since 1982 hold them so (64 in January, 68 in
-- Alaska), whatever their dictionary says.
create or replace temporary view weather as
select
    stated.recnum,
    case
        when stated.temperature_ ~ '^-?[0-9]{1,3}$' and stated.temperature_::integer between -80 and 134
            then stated.temperature_::integer
    end as wx_temp,
    case
        when stated.dew_point ~ '^-?[0-9]{2,3}$' and stated.dew_point::integer between -80 and 134
            then stated.dew_point::integer
    end as wx_dew_pt,
    case when stated.wind_direction ~ '^(0[1-9]|[12][0-9]|3[0-6])$' then stated.wind_direction::integer * 10 end
        as wind_dir_deg,
    case when stated.wind_velocity ~ '^[0-9]{2,3}$' then stated.wind_velocity::integer end as wind_vel_kts,
    case when stated.ceiling ~ '^[0-9]{5}$' and stated.ceiling <> '99999' then stated.ceiling::integer end
        as sky_ceil_ht,
    case
        when sky.modern in ('BKN', 'OVC', 'OBSC') then sky.modern
        when stated.ceiling = '99999' then 'NONE'
    end as sky_cond_ceil,
    case when sky.modern not in ('BKN', 'OVC', 'OBSC') then sky.modern end as sky_cond_nonceil,
    case when stated.visibility ~ '^[0-9]{3}$' then stated.visibility::real end as vis_sm
from tblsecondhalf as stated
left join decoded as sky on sky.field = 'SKY_CONDITION' and stated.sky_condition = sky.code;
