-- needs: nothing
-- grain: one row per event: an accident or incident of one or more aircraft
-- source: ev_year_ntsb <- ev_year
-- convert: metar to_memo
-- convert: dec_latitude to_latitude
-- convert: dec_longitude to_longitude
create table events (
    ev_id text not null, ntsb_no text, ev_type text, ev_date date, ev_dow text, ev_time time, ev_tmzn text,
    ev_city text, ev_state text, ev_country text, ev_site_zipcode text,
    ev_year integer generated always as (extract(year from ev_date)::integer) stored,
    ev_year_ntsb integer, ev_month integer, mid_air text, on_ground_collision text, latitude text,
    longitude text, latlong_acq text, apt_name text, ev_nr_apt_id text, ev_nr_apt_loc text, apt_dist real,
    apt_dir integer, apt_elev integer, wx_brief_comp text, wx_src_iic text, wx_obs_time time, wx_obs_dir integer,
    wx_obs_fac_id text, wx_obs_elev integer, wx_obs_dist integer, wx_obs_tmzn text, light_cond text,
    sky_cond_nonceil text, sky_nonceil_ht integer, sky_ceil_ht integer, sky_cond_ceil text, vis_rvr real,
    vis_rvv integer, vis_sm real, wx_temp integer, wx_dew_pt integer, wind_dir_deg integer, wind_dir_ind text,
    wind_vel_kts integer, wind_vel_ind text, gust_ind text, gust_kts integer, altimeter real,
    wx_dens_alt integer, wx_int_precip text, metar text, ev_highest_injury text, inj_f_grnd integer,
    inj_m_grnd integer, inj_s_grnd integer, inj_tot_f integer, inj_tot_m integer, inj_tot_n integer,
    inj_tot_s integer, inj_tot_t integer, invest_agy text, ntsb_docket integer, ntsb_notf_from text,
    ntsb_notf_date date, ntsb_notf_tm time, fiche_number text, lchg_date timestamp, lchg_userid text,
    wx_cond_basic text, faa_dist_office text, dec_latitude double precision, dec_longitude double precision,
    era text not null,
    source_file text not null,
    source_row bigint not null,
    geom geometry (point, 4326) generated always as (
        case
            when dec_latitude between -90 and 90 and dec_longitude between -180 and 180
                then st_setsrid(st_makepoint(dec_longitude, dec_latitude), 4326)
        end
    ) stored
);

comment on table events is 'One row per event: an accident or incident of one or more aircraft.';
