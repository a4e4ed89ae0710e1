-- needs: api_case, api_weather, api_aircraft
-- grain: one row per case; the airport is that of its first aircraft
with airports as (
    select distinct on (api_aircraft.case_row) api_aircraft.case_row, airport.*
    from api_aircraft
    cross join lateral jsonb_to_record(convert.api_objects(api_aircraft."airports") -> 0) as airport (
        "airportLocationId" text, "airportFacilityName" text, "airportOnAirportAirstrip" text,
        "airportArpDistanceNm" text, "airportArpDirectionDeg" text, "airportArpElevationFtMsl" text
    )
    order by api_aircraft.case_row, api_aircraft.position
)

select
    c.case_row,
    row_number() over (order by c.case_row) as source_row,
    c.is_modern,
    c.ev_id,
    c."ntsbNumber" as ntsb_no,
    c."eventType" as ev_type,
    c."eventDate" as ev_date,
    left(to_char(convert.to_date(c."eventDate"), 'Dy'), 2) as ev_dow,
    convert.api_time(c."eventTimeUtc") as ev_time,
    case when c."eventTimeUtc" <> '' then 'UTC' end as ev_tmzn,
    c."eventCity" as ev_city,
    c."eventStateOrRegion" as ev_state,
    c."eventCountry" as ev_country,
    c."eventZipcode" as ev_site_zipcode,
    extract(year from convert.to_date(c."eventDate"))::text as ev_year,
    extract(month from convert.to_date(c."eventDate"))::text as ev_month,
    case lower(c."eventCollisionWithOtherAircraft") when 'midair' then 'Y' when 'none' then 'N' when 'on-ground' then 'N'
        else c."eventCollisionWithOtherAircraft" end as mid_air,
    case lower(c."eventCollisionWithOtherAircraft") when 'on-ground' then 'Y' when 'none' then 'N' when 'midair' then 'N'
        else c."eventCollisionWithOtherAircraft" end as on_ground_collision,
    case c."eventLatLongEstimated" when 'true' then 'EST' when 'false' then 'MEAS' end as latlong_acq,
    airports."airportFacilityName" as apt_name,
    airports."airportLocationId" as ev_nr_apt_id,
    airports."airportOnAirportAirstrip" as ev_nr_apt_loc,
    airports."airportArpDistanceNm" as apt_dist,
    convert.api_rounded(airports."airportArpDirectionDeg") as apt_dir,
    convert.api_rounded(airports."airportArpElevationFtMsl") as apt_elev,
    w."investigationWeatherSource" as wx_src_iic,
    convert.api_time(w."observationTimeUtc") as wx_obs_time,
    convert.api_rounded(w."observationFacilityDirectionDeg") as wx_obs_dir,
    w."observationFacilityId" as wx_obs_fac_id,
    convert.api_rounded(w."observationFacilityElevationFt") as wx_obs_elev,
    convert.api_rounded(w."observationFacilityDistanceNm") as wx_obs_dist,
    case when w."observationTimeUtc" <> '' then 'UTC' end as wx_obs_tmzn,
    w."daylightCondition" as light_cond,
    w."cloudCondition" as sky_cond_nonceil,
    convert.api_rounded(w."lowestCloudConditionFtAgl") as sky_nonceil_ht,
    convert.api_rounded(w."lowestCeilingFtAgl") as sky_ceil_ht,
    w."lowestCeiling" as sky_cond_ceil,
    w."runwayVisualRangeFt" as vis_rvr,
    w."visibilitySm" as vis_sm,
    convert.api_rounded(w."temperatureF") as wx_temp,
    convert.api_rounded(w."dewPointF") as wx_dew_pt,
    convert.api_rounded(w."windDirectionDeg") as wind_dir_deg,
    case when w."windDirectionVariable" = 'true' then 'V' end as wind_dir_ind,
    convert.api_rounded(w."windSpeedKts") as wind_vel_kts,
    case when w."windCalm" = 'true' then 'T' when w."windSpeedVariable" = 'true' then 'V'
        when w."windCalm" = 'false' then 'F' end as wind_vel_ind,
    case w."windGustsAbsent" when 'true' then 'F' when 'false' then 'T' end as gust_ind,
    convert.api_rounded(w."windGustKts") as gust_kts,
    w."barometricSettingMmHg" as altimeter,
    w.metar,
    c."highestInjuryLevel" as ev_highest_injury,
    c."ongroundFatal" as inj_f_grnd,
    c."ongroundMinor" as inj_m_grnd,
    c."ongroundSerious" as inj_s_grnd,
    c."onboardFatal" as inj_tot_f,
    c."onboardMinor" as inj_tot_m,
    c."onboardNone" as inj_tot_n,
    c."onboardSerious" as inj_tot_s,
    (
        select sum(convert.to_integer(number))::text
        from unnest(array[c."onboardFatal", c."onboardMinor", c."onboardNone", c."onboardSerious"]) as number
    ) as inj_tot_t,
    c."leadAgency" as invest_agy,
    c.lchg_date,
    w."accidentSiteCondition" as wx_cond_basic,
    c."eventLatitude" as dec_latitude,
    c."eventLongitude" as dec_longitude
from api_case as c
left join api_weather as w on c.case_row = w.case_row
left join airports on c.case_row = airports.case_row
