-- needs: events, aircraft, engines, flight_crew, tblfirsthalf, tblsecondhalf
-- checks: every column of 1962-1981 with at least 20 texts has a text that can be decoded, such as a time, a temperature or a code
-- severity: stop
-- allow: 0, the file writes the column in a new way or uses other codes
-- family: conservation
-- Casts are counted by conservation_lost_values; these columns are text in NTSB's table, and decoded in the modern tables. Codes of
-- unknown (Z) and fillers (zeros and nines) are no texts.
with first_half as (
    select
        count(*) filter (where time_occur ~ '[1-8]') as ev_time,
        count(*) filter (where elev_airpt ~ '[1-8]') as apt_elev,
        count(*) filter (where acc_inc_class not in ('', 'Z')) as ev_type,
        count(*) filter (where locat_state_terr not in ('', 'Z')) as ev_state,
        count(*) filter (where light_cond not in ('', 'Z')) as light_cond,
        count(*) filter (where type_weathr not in ('', 'Z')) as wx_cond_basic,
        count(*) filter (where injury_index not in ('', 'Z')) as ev_highest_injury,
        count(*) filter (where acft_adamg not in ('', 'Z')) as damage,
        count(*) filter (where type_craft not in ('', 'Z')) as acft_category,
        count(*) filter (where no_engines ~ '[1-8]') as num_eng,
        count(*) filter (where runway_ln ~ '[1-8]') as rwy_len,
        count(*) filter (where age_pilot1 ~ '[1-8]') as crew_age,
        count(*) filter (where type_power not in ('', 'Z')) as eng_type
    from tblfirsthalf
),

second_half as (
    select
        count(*) filter (where temperature_ ~ '[1-8]') as wx_temp,
        count(*) filter (where dew_point ~ '[1-8]') as wx_dew_pt,
        count(*) filter (where wind_direction ~ '[1-8]') as wind_dir_deg,
        count(*) filter (where wind_velocity ~ '[1-8]') as wind_vel_kts,
        count(*) filter (where visibility ~ '[1-8]') as vis_sm,
        count(*) filter (where ceiling ~ '[1-8]') as sky_ceil_ht,
        count(*) filter (where aircraft_tot_time ~ '[1-8]') as afm_hrs
    from tblsecondhalf
),

texts as (
    select counted.key as target, counted.value::bigint as texts
    from first_half cross join second_half
    cross join jsonb_each_text(to_jsonb(first_half) || to_jsonb(second_half)) as counted
),

event_values as (
    select
        count(ev_time) as ev_time, count(apt_elev) as apt_elev, count(ev_type) as ev_type, count(ev_state) as ev_state,
        count(light_cond) as light_cond, count(wx_cond_basic) as wx_cond_basic, count(ev_highest_injury) as ev_highest_injury,
        count(wx_temp) as wx_temp, count(wx_dew_pt) as wx_dew_pt, count(wind_dir_deg) as wind_dir_deg,
        count(wind_vel_kts) as wind_vel_kts, count(vis_sm) as vis_sm, count(sky_ceil_ht) as sky_ceil_ht
    from events
    where mart.is_record_era(era)
),

aircraft_values as (
    select
        count(damage) as damage, count(acft_category) as acft_category, count(num_eng) as num_eng, count(rwy_len) as rwy_len,
        count(afm_hrs) as afm_hrs
    from aircraft
    where mart.is_record_era(era)
),

other_values as (
    select
        (select count(crew_age) from flight_crew where mart.is_record_era(era)) as crew_age,
        (select count(eng_type) from engines where mart.is_record_era(era)) as eng_type
),

decoded as (
    select counted.key as target, counted.value::bigint as values_out
    from event_values cross join aircraft_values cross join other_values
    cross join jsonb_each_text(to_jsonb(event_values) || to_jsonb(aircraft_values) || to_jsonb(other_values)) as counted
)

select
    'tblFirstHalf, tblSecondHalf' as relation,
    texts.target as row_key,
    format('none of %s texts gives a value of %s', texts.texts, texts.target) as detail
from texts
inner join decoded on texts.target = decoded.target
where texts.texts >= 20 and decoded.values_out = 0
