-- needs: events, event_positions, event_times, weather_observations, weather_reports
-- grain: one row per event whose time and position are known: the report of the nearest weather station of the user's archive, if one is near; empty without an archive
-- kind: materialized, key: ev_id
-- functions: weather
-- Limits: 50 km from the position of event_positions, 60 minutes from utc_time. Of the stations with a report within the limits, the nearest
-- one is used, and its report that is nearest in time. Nothing is filled in: values of NTSB stay as they are, next to those of the report.
-- NTSB's values are those of weather_observations, where zeros that are not measurements are null; none are compared in 1962-1981.
-- column: position_source Source of the position, as in event_positions.
-- column: uncertainty_km Uncertainty of the position, as in event_positions, in kilometers.
-- column: station Identifier of the station; null where no report is within the limits, and so are the other values of reports.
-- column: report_time Date and time of the report, in UTC.
-- column: distance_km Distance of the station from the position, in kilometers, rounded to 0.1.
-- column: minutes Minutes from the event to the report; negative where the report is earlier.
-- column: report_temp Air temperature of the report, in degrees Fahrenheit.
-- column: report_dew_pt Dew point of the report, in degrees Fahrenheit.
-- column: report_wind_dir Direction from which the wind blows in the report, in degrees; null for calm and variable wind.
-- column: report_wind_kts Wind speed of the report, in knots.
-- column: report_gust_kts Speed of gusts in the report, in knots; null where it has none.
-- column: report_vis_sm Visibility of the report, in statute miles; most stations report no more than 10.
-- column: report_ceiling_ft Height of the lowest broken, overcast or obscured layer of the report, in feet above ground; null without one.
-- column: report_has_ceiling True where the report has such a layer, false where its sky has none; null without sky condition or with one of unknown height.
-- column: report_condition IMC where the ceiling of the report is below 1,000 feet or the visibility below 3 miles, VMC where neither is; null where that is unknown.
-- column: report_text Text of the report.
-- column: station_agrees True where wx_obs_fac_id is the station, with or without K before it; null where one is missing.
-- column: temp_agrees True where wx_temp differs by at most 5 degrees; null where one is missing.
-- column: dew_pt_agrees True where wx_dew_pt differs by at most 5 degrees; null where one is missing.
-- column: wind_speed_agrees True where wind_vel_kts differs by at most 5 knots; null where one is missing.
-- column: wind_dir_agrees True where wind_dir_deg differs by at most 30 degrees; null where one is missing or a speed is below 5 knots.
-- column: visibility_agrees True where vis_sm differs by at most 1 mile or a quarter, values above 10 being 10; null where one is missing.
-- column: ceiling_agrees True where both have no ceiling, or ceilings that differ by at most 300 feet or a quarter; null where one is unknown.
-- column: condition_agrees True where wx_cond_basic is report_condition; null where one is unknown.
with station as (
    select
        station, lat, lon, st_setsrid(st_makepoint(lon::float8, lat::float8), 4326) as geom,
        -- 50 km in degrees of latitude and, at the northern or southern edge, of longitude.
        0.46 as north, least(180, 0.46 / greatest(cos(radians(least(90, abs(lat::float8) + 0.46))), 0.01)) as east
    from weather_reports
    group by station, lat, lon
),

-- Stations and events meet in squares of one degree, whose number is that of their southwestern corner.
square as materialized (
    select station.station, station.lat, station.lon, station.geom, latitude, mod(longitude + 900, 360) as longitude
    from station
    cross join lateral generate_series(floor(lat::float8 - north)::integer, floor(lat::float8 + north)::integer) as latitude
    cross join lateral generate_series(
        floor(lon::float8 - east)::integer, least(floor(lon::float8 + east), floor(lon::float8 - east) + 359)::integer
    ) as longitude
),

placed as materialized (
    select
        events.ev_id, events.era, positions.position_source, positions.uncertainty_km, times.utc_time,
        st_setsrid(st_makepoint(positions.position_longitude, positions.position_latitude), 4326) as geom,
        floor(positions.position_latitude)::integer as latitude,
        mod(floor(positions.position_longitude)::integer + 900, 360) as longitude
    from events
    inner join event_positions as positions on events.ev_id = positions.ev_id
    inner join event_times as times on events.ev_id = times.ev_id
    where times.utc_time is not null and positions.position_latitude is not null and exists (select from weather_reports)
),

-- Distances come first: reports are looked up for near stations only.
pair as materialized (
    select placed.ev_id, placed.utc_time, square.station, square.lat, square.lon, st_distancesphere(placed.geom, square.geom) as meters
    from placed
    inner join square on placed.latitude = square.latitude and placed.longitude = square.longitude
    where st_distancesphere(placed.geom, square.geom) <= 50000
),

nearest as (
    select distinct on (pair.ev_id) pair.ev_id, pair.meters, reported.*
    from pair
    cross join lateral (
        select report.*, (extract(epoch from report.valid::timestamp - pair.utc_time) / 60)::integer as minutes
        from weather_reports as report
        where report.station = pair.station and report.lat = pair.lat and report.lon = pair.lon
            and report.valid between to_char(pair.utc_time - interval '60 minutes', 'YYYY-MM-DD HH24:MI')
            and to_char(pair.utc_time + interval '60 minutes', 'YYYY-MM-DD HH24:MI')
            and abs(extract(epoch from report.valid::timestamp - pair.utc_time)) <= 3600
        order by abs(extract(epoch from report.valid::timestamp - pair.utc_time)), report.valid, report.list collate "C", report.line
        limit 1
    ) as reported
    -- Files may state one position in several ways, such as 40.1 and 40.10.
    order by pair.ev_id, pair.meters, reported.station collate "C", abs(reported.minutes), reported.valid,
        reported.list collate "C", reported.line
),

observed as (
    select
        placed.ev_id, placed.era, placed.position_source, placed.uncertainty_km, nearest.station, nearest.valid::timestamp as report_time,
        round((nearest.meters / 1000)::numeric, 1)::double precision as distance_km, nearest.minutes,
        nearest.tmpf::double precision as report_temp, nearest.dwpf::double precision as report_dew_pt,
        case when nearest.drct::float8 > 0 and nearest.sknt::float8 > 0 then nearest.drct::float8 end as report_wind_dir,
        nearest.sknt::double precision as report_wind_kts, nearest.gust::double precision as report_gust_kts,
        nearest.vsby::double precision as report_vis_sm, sky.ceiling_ft, sky.has_ceiling, nearest.metar as report_text
    from placed
    left join nearest on placed.ev_id = nearest.ev_id
    cross join lateral mart.report_sky(
        array[nearest.skyc1, nearest.skyc2, nearest.skyc3, nearest.skyc4],
        array[nearest.skyl1, nearest.skyl2, nearest.skyl3, nearest.skyl4]
    ) as sky
)

select
    observed.ev_id, observed.era, observed.position_source, observed.uncertainty_km, observed.station, observed.report_time,
    observed.distance_km, observed.minutes, observed.report_temp, observed.report_dew_pt, observed.report_wind_dir,
    observed.report_wind_kts, observed.report_gust_kts, observed.report_vis_sm, observed.ceiling_ft as report_ceiling_ft,
    observed.has_ceiling as report_has_ceiling, report.condition as report_condition, observed.report_text,
    regexp_replace(nullif(convert.to_code(events.wx_obs_fac_id), ''), '^K(?=...$)', '') = regexp_replace(observed.station, '^K(?=...$)', '')
        as station_agrees,
    abs(ntsb.wx_temp - observed.report_temp) <= 5 as temp_agrees,
    abs(ntsb.wx_dew_pt - observed.report_dew_pt) <= 5 as dew_pt_agrees,
    abs(ntsb.wind_vel_kts - observed.report_wind_kts) <= 5 as wind_speed_agrees,
    case
        when ntsb.wind_vel_kts >= 5 and observed.report_wind_kts >= 5
            then abs(mod((ntsb.wind_dir_deg - observed.report_wind_dir + 540)::numeric, 360) - 180) <= 30
    end as wind_dir_agrees,
    -- least() ignores nulls.
    case
        when ntsb.vis_sm is not null and observed.report_vis_sm is not null
            then abs(least(ntsb.vis_sm, 10) - least(observed.report_vis_sm, 10)) <= greatest(1, least(ntsb.vis_sm, 10) / 4)
    end as visibility_agrees,
    case
        when stated.has_ceiling is null or observed.has_ceiling is null then null
        when stated.has_ceiling <> observed.has_ceiling then false
        when not stated.has_ceiling then true
        else abs(stated.ceiling_ft - observed.ceiling_ft) <= greatest(300, stated.ceiling_ft / 4.0)
    end as ceiling_agrees,
    case when convert.to_code(events.wx_cond_basic) in ('VMC', 'IMC') then convert.to_code(events.wx_cond_basic) = report.condition end
        as condition_agrees
from observed
inner join events on observed.ev_id = events.ev_id
left join weather_observations as ntsb on observed.ev_id = ntsb.ev_id
cross join lateral (
    select
        case
            when mart.is_record_era(events.era) then null
            when convert.to_code(events.sky_cond_ceil) = 'NONE' then false
            when convert.to_code(events.sky_cond_ceil) in ('BKN', 'OVC', 'OBSC', 'VV') and events.sky_ceil_ht > 0 then true
        end as has_ceiling,
        events.sky_ceil_ht as ceiling_ft
) as stated
cross join lateral (
    select case
        when observed.ceiling_ft < 1000 or observed.report_vis_sm < 3 then 'IMC'
        when observed.report_vis_sm >= 3 and observed.has_ceiling is not null then 'VMC'
    end as condition
) as report
