-- needs: clean_events, events, injury, feature_conditions, feature_aircraft, feature_crew, feature_phase
-- grain: one row per ev_id: the columns that select the study population, then the features of features.toml; missing values are null
-- crew_sex is no feature: metrics are compared between its values.
-- has_label_disagreement is true where the label and the numbers of injured persons differ: both are as published; it is counted only.
select
    events.ev_id,
    events.ev_date,
    events.ev_year,
    events.era,
    events.severity,
    coalesce(events.is_us, false) as is_us,
    coalesce(events.ev_type_code = 'ACC', false) as is_accident,
    exists (select from injury where injury.ev_id = events.ev_id) as has_injury_record,
    coalesce(events.severity <> case
        when coalesce(totals.inj_tot_f, 0) + coalesce(totals.inj_f_grnd, 0) > 0 then 'FATL'
        when coalesce(totals.inj_tot_s, 0) + coalesce(totals.inj_s_grnd, 0) > 0 then 'SERS'
        when coalesce(totals.inj_tot_m, 0) + coalesce(totals.inj_m_grnd, 0) > 0 then 'MINR'
        when totals.inj_tot_f is not null then 'NONE'
    end, false) as has_label_disagreement,
    feature_crew.crew_sex,
    feature_conditions.month,
    feature_conditions.weekday,
    feature_conditions.hour,
    feature_conditions.sun_elevation_deg,
    feature_conditions.state,
    feature_conditions.region,
    feature_conditions.latitude,
    feature_conditions.longitude,
    feature_conditions.airport_count,
    feature_conditions.light_cond,
    feature_conditions.wx_cond_basic,
    feature_conditions.visibility_sm,
    feature_conditions.sky_cond_ceil,
    feature_conditions.ceiling_ft,
    feature_conditions.wind_kts,
    feature_conditions.gust_kts,
    feature_conditions.temperature_c,
    feature_conditions.apt_dist_sm,
    feature_conditions.is_on_airport,
    feature_conditions.is_mid_air,
    feature_aircraft.aircraft_count,
    feature_aircraft.make,
    feature_aircraft.model,
    feature_aircraft.aircraft_class,
    feature_aircraft.acft_category,
    feature_aircraft.is_homebuilt,
    feature_aircraft.num_eng,
    feature_aircraft.eng_type,
    feature_aircraft.is_retractable,
    feature_aircraft.total_seats,
    feature_aircraft.cert_max_gr_wt_lb,
    feature_aircraft.aircraft_age_y,
    feature_aircraft.far_part,
    feature_aircraft.type_fly,
    feature_aircraft.oper_sched,
    feature_aircraft.is_sightseeing,
    feature_aircraft.is_medical,
    feature_aircraft.flt_plan_filed,
    feature_aircraft.has_second_pilot,
    feature_aircraft.inspection_age_d,
    feature_aircraft.rwy_len_ft,
    feature_aircraft.rwy_width_ft,
    feature_crew.crew_age_y,
    feature_crew.med_certf,
    feature_crew.certificate,
    feature_crew.total_hours,
    feature_crew.last_90_days_hours,
    feature_phase.phase
from clean_events as events
inner join events as totals on events.ev_id = totals.ev_id
inner join feature_conditions on events.ev_id = feature_conditions.ev_id
left join feature_aircraft on events.ev_id = feature_aircraft.ev_id
left join feature_crew on events.ev_id = feature_crew.ev_id
left join feature_phase on events.ev_id = feature_phase.ev_id
