-- needs: tblsecondhalf, decoded
-- grain: temporary view weather: one row per second half with its weather observation, in the units of the modern tables

-- The source uses the units of US observations of those years: degrees Fahrenheit, knots, feet, statute miles, and tens of degrees
-- for directions (36 is north, 00 no direction). Z (unknown) and blank (not recorded) give null. A ceiling of 99999 means no
-- ceiling. Temperatures remain in degrees Fahrenheit, as in the files since 1982, contrary to NTSB's data dictionary: their values
-- (64 in January, 68 in Alaska) are not degrees Celsius.
create or replace temporary view weather as
select
    second_half.recnum,
    case
        when second_half.temperature_ ~ '^-?[0-9]{1,3}$' and second_half.temperature_::integer between -80 and 134
            then second_half.temperature_::integer
    end as wx_temp,
    case
        when second_half.dew_point ~ '^-?[0-9]{2,3}$' and second_half.dew_point::integer between -80 and 134
            then second_half.dew_point::integer
    end as wx_dew_pt,
    case when second_half.wind_direction ~ '^(0[1-9]|[12][0-9]|3[0-6])$' then second_half.wind_direction::integer * 10 end
        as wind_dir_deg,
    case when second_half.wind_velocity ~ '^[0-9]{2,3}$' then second_half.wind_velocity::integer end as wind_vel_kts,
    case when second_half.ceiling ~ '^[0-9]{5}$' and second_half.ceiling <> '99999' then second_half.ceiling::integer end
        as sky_ceil_ht,
    case
        when sky.modern in ('BKN', 'OVC', 'OBSC') then sky.modern
        when second_half.ceiling = '99999' then 'NONE'
    end as sky_cond_ceil,
    case when sky.modern not in ('BKN', 'OVC', 'OBSC') then sky.modern end as sky_cond_nonceil,
    case when second_half.visibility ~ '^[0-9]{3}$' then second_half.visibility::real end as vis_sm
from tblsecondhalf as second_half
left join decoded as sky on sky.field = 'SKY_CONDITION' and second_half.sky_condition = sky.code;
