-- needs: events
-- grain: one row per event: the published columns that views read, with text codes trimmed and in upper case
-- kind: view
-- schema: staging
-- Columns under NTSB's names are as published. Columns that end in _code are trimmed and in upper case; empty strings stay empty.
-- total_deaths and total_seriously_injured include persons on the ground, for whom null or 0 means none, depending on the era. Current
-- files have zeros where nothing is known: they are null where the severity is unknown and no person is counted at any level, and where it
-- says that there was at least one.
-- column: ev_type_code Code ev_type, trimmed and in upper case.
-- column: ev_tmzn_code Code ev_tmzn, trimmed and in upper case.
-- column: ev_state_code Code ev_state, trimmed and in upper case.
-- column: is_us True where ev_country is USA; null where it is missing.
-- column: ev_nr_apt_loc_code Code ev_nr_apt_loc, trimmed and in upper case.
-- column: mid_air_code Code mid_air (Y or N), trimmed and in upper case.
-- column: light_cond_code Code light_cond, trimmed and in upper case.
-- column: wx_cond_basic_code Code wx_cond_basic, trimmed and in upper case.
-- column: sky_cond_ceil_code Code sky_cond_ceil, trimmed and in upper case.
-- column: wind_vel_ind_code Code wind_vel_ind, trimmed and in upper case.
-- column: ev_highest_injury_code Code ev_highest_injury, trimmed and in upper case.
-- column: severity Highest level of injury of the event: FATL, SERS, MINR or NONE; null where ev_highest_injury is none of them (unknown).
-- column: total_deaths Number of persons who died, on the ground included (inj_tot_f and inj_f_grnd); null where it is not known.
-- column: total_seriously_injured Number of persons with serious injuries, on the ground included (inj_tot_s and inj_s_grnd); null where it is not known.
select
    ev_id,
    ntsb_no,
    ev_type,
    convert.to_code(ev_type) as ev_type_code,
    ev_date,
    ev_year,
    ev_month,
    ev_time,
    convert.to_code(ev_tmzn) as ev_tmzn_code,
    ev_city,
    ev_state,
    convert.to_code(ev_state) as ev_state_code,
    ev_country,
    -- The plain comparison tells the planner how many rows to expect: it has statistics of the column, not of the expression.
    ev_country = 'USA' or convert.to_code(ev_country) = 'USA' as is_us,
    dec_latitude,
    dec_longitude,
    geom,
    convert.to_code(ev_nr_apt_loc) as ev_nr_apt_loc_code,
    apt_dist,
    convert.to_code(mid_air) as mid_air_code,
    light_cond,
    convert.to_code(light_cond) as light_cond_code,
    wx_cond_basic,
    convert.to_code(wx_cond_basic) as wx_cond_basic_code,
    convert.to_code(sky_cond_ceil) as sky_cond_ceil_code,
    sky_ceil_ht,
    vis_sm,
    wx_temp,
    wx_dew_pt,
    wind_vel_kts,
    convert.to_code(wind_vel_ind) as wind_vel_ind_code,
    gust_kts,
    ev_highest_injury,
    convert.to_code(ev_highest_injury) as ev_highest_injury_code,
    known.severity,
    inj_tot_f,
    inj_f_grnd,
    inj_tot_s,
    inj_s_grnd,
    case
        when known.deaths > 0 or known.severity <> 'FATL' or (known.severity is null and known.persons > 0) then known.deaths
    end as total_deaths,
    case
        when known.seriously_injured > 0 or known.severity <> 'SERS' or (known.severity is null and known.persons > 0)
            then known.seriously_injured
    end as total_seriously_injured,
    era,
    source_file,
    source_row
from events
cross join
    lateral (
        select
            -- The first comparison is true for almost all known levels, and fast: most statistics read the severity.
            case
                when ev_highest_injury in ('NONE', 'MINR', 'SERS', 'FATL') then ev_highest_injury
                when convert.to_code(ev_highest_injury) in ('NONE', 'MINR', 'SERS', 'FATL') then convert.to_code(ev_highest_injury)
            end as severity,
            inj_tot_f + coalesce(inj_f_grnd, 0) as deaths,
            inj_tot_s + coalesce(inj_s_grnd, 0) as seriously_injured,
            coalesce(inj_tot_f, 0) + coalesce(inj_tot_s, 0) + coalesce(inj_tot_m, 0) + coalesce(inj_tot_n, 0)
            + coalesce(inj_f_grnd, 0) + coalesce(inj_s_grnd, 0) + coalesce(inj_m_grnd, 0) as persons
    ) as known
