-- needs: nothing
-- grain: one row per crew member of an aircraft
-- convert: med_crtf_limit to_memo
create table flight_crew (
    ev_id text not null,
    aircraft_key integer not null,
    crew_no integer not null,
    crew_category text,
    crew_age integer,
    crew_sex text,
    crew_city text,
    crew_res_state text,
    crew_res_country text,
    med_certf text,
    med_crtf_vldty text,
    date_lst_med date,
    crew_rat_endorse text,
    crew_inj_level text,
    seatbelts_used text,
    shldr_harn_used text,
    crew_tox_perf text,
    seat_occ_pic text,
    pc_profession text,
    bfr text,
    bfr_date date,
    ft_as_of date,
    lchg_date timestamp,
    lchg_userid text,
    seat_occ_row integer,
    infl_rest_inst text,
    infl_rest_depl text,
    child_restraint text,
    med_crtf_limit text,
    mr_faa_med_certf text,
    pilot_flying boolean,
    available_restraint text,
    restraint_used text,
    era text not null,
    source_file text not null,
    source_row bigint not null
);

comment on table flight_crew is 'One row per crew member of an aircraft.';
