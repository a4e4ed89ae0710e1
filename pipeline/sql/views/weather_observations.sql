-- needs: events
-- grain: one row per event since 1982: measured weather values, and why other values do not count as measurements
-- kind: view
-- NTSB fills values that were not recorded with zeros. Air pressure is never 0, so a row whose pressure, visibility, temperature and dew
-- point are all 0 or missing has no observation, and none of its zeros is a measurement. Where there is a pressure, temperature and dew
-- point can still be filled: both 0 is not a measurement, and a dew point of 0 needs a temperature above it. Wind of 0 is calm if there
-- is an observation. 149 degrees means unknown.
-- column: has_no_observation True where pressure, visibility, temperature and dew point are all 0, unknown or missing: no zero is a measurement.
-- column: wx_temp Air temperature, in degrees Fahrenheit; null where it is not a measurement.
-- column: wx_temp_reason Why wx_temp is null: missing, unknown (149) or zero (not recorded).
-- column: wx_dew_pt Dew point, in degrees Fahrenheit; null where it is not a measurement.
-- column: wx_dew_pt_reason Why wx_dew_pt is null: missing, unknown (149) or zero (not recorded).
-- column: altimeter Altimeter setting (air pressure), in inches of mercury; null where it is not recorded.
-- column: altimeter_reason Why altimeter is null: missing or zero (not recorded).
-- column: vis_sm Visibility, in statute miles; null where it is not a measurement.
-- column: vis_sm_reason Why vis_sm is null or doubtful: missing or zero (no observation).
-- column: wind_vel_kts Wind speed, in knots, 0 for calm air; null where it is not a measurement.
-- column: wind_vel_kts_reason Why wind_vel_kts is null: missing or zero (no observation).
-- column: wind_dir_deg Direction from which the wind blows, in degrees, 1 to 360; null in calm air and where it is not a measurement.
-- column: wind_dir_deg_reason Why wind_dir_deg is null: missing, not applicable (calm air) or zero (not recorded).
-- column: gust_kts Speed of gusts, in knots; null where none are recorded.
-- column: gust_kts_reason Why gust_kts is null: missing or zero (none, or not recorded).
with classified as (
    select
        *,
        coalesce(altimeter, 0) = 0 and coalesce(vis_sm, 0) = 0
        and coalesce(wx_temp, 0) in (0, 149) and coalesce(wx_dew_pt, 0) in (0, 149) as is_blank,
        wx_temp = 0 and coalesce(wx_dew_pt, 0) = 0 as is_filled_temp,
        wx_dew_pt = 0 and (wx_temp is null or wx_temp <= 0 or wx_temp = 149) as is_filled_dew
    from events
    where not mart.is_record_era(era)
)

select
    ev_id,
    era,
    is_blank as has_no_observation,
    case when not is_blank and not is_filled_temp and wx_temp <> 149 then wx_temp end as wx_temp,
    case when wx_temp is null then 'missing' when wx_temp = 149 then 'unknown'
        when is_blank or is_filled_temp then 'zero' end as wx_temp_reason,
    case when not is_blank and not is_filled_dew and wx_dew_pt <> 149 then wx_dew_pt end as wx_dew_pt,
    case when wx_dew_pt is null then 'missing' when wx_dew_pt = 149 then 'unknown'
        when is_blank or is_filled_dew then 'zero' end as wx_dew_pt_reason,
    nullif(altimeter, 0) as altimeter,
    case when altimeter is null then 'missing' when altimeter = 0 then 'zero' end as altimeter_reason,
    case when not (is_blank and vis_sm = 0) then vis_sm end as vis_sm,
    case when vis_sm is null then 'missing' when is_blank then 'zero' end as vis_sm_reason,
    case when not (is_blank and wind_vel_kts = 0) then wind_vel_kts end as wind_vel_kts,
    case when wind_vel_kts is null then 'missing' when is_blank and wind_vel_kts = 0 then 'zero' end as wind_vel_kts_reason,
    -- Calm air has no direction. North is 360.
    case when wind_dir_deg > 0 and wind_vel_kts > 0 then wind_dir_deg end as wind_dir_deg,
    case when wind_dir_deg is null then 'missing' when wind_dir_deg > 0 and wind_vel_kts > 0 then null
        when wind_vel_kts = 0 and not is_blank then 'not applicable' else 'zero' end as wind_dir_deg_reason,
    nullif(gust_kts, 0) as gust_kts,
    case when gust_kts is null then 'missing' when gust_kts = 0 then 'zero' end as gust_kts_reason
from classified
