-- needs: nothing
-- grain: one row per aircraft in an event
-- convert: elt_reason_other to_memo
create table aircraft (
    ev_id text not null, aircraft_key integer not null, regis_no text, ntsb_no text, acft_missing text,
    far_part text, flt_plan_filed text, flight_plan_activated text, damage text, acft_fire text, acft_expl text,
    acft_make text, acft_model text, acft_series text, acft_serial_no text, cert_max_gr_wt integer,
    acft_category text, acft_reg_cls text, homebuilt text, fc_seats integer, cc_seats integer, pax_seats integer,
    total_seats integer, num_eng integer, fixed_retractable text, type_last_insp text, date_last_insp date,
    afm_hrs_last_insp real, afm_hrs real, elt_install text, elt_oper text, elt_aided_loc_ev text, elt_type text,
    owner_acft text, owner_street text, owner_city text, owner_state text, owner_country text, owner_zip text,
    oper_individual_name text, oper_name text, oper_same text, oper_dba text, oper_addr_same text,
    oper_street text, oper_city text, oper_state text, oper_country text, oper_zip text, oper_code text,
    certs_held text, oprtng_cert text, oper_cert text, oper_cert_num text, oper_sched text, oper_dom_int text,
    oper_pax_cargo text, type_fly text, second_pilot text, dprt_pt_same_ev text, dprt_apt_id text,
    dprt_city text, dprt_state text, dprt_country text, dprt_time time, dprt_timezn text, dest_same_local text,
    dest_apt_id text, dest_city text, dest_state text, dest_country text, phase_flt_spec integer,
    report_to_icao text, evacuation text, lchg_date timestamp, lchg_userid text, afm_hrs_since text,
    rwy_num text, rwy_len integer, rwy_width integer, site_seeing text, air_medical text, med_type_flight text,
    acft_year integer, fuel_on_board text, commercial_space_flight boolean, unmanned boolean,
    ifr_equipped_cert boolean, elt_mounted_aircraft boolean, elt_connected_antenna boolean,
    elt_manufacturer text, elt_model text, elt_reason_other text,
    era text not null,
    source_file text not null,
    source_row bigint not null
);

comment on table aircraft is 'One row per aircraft in an event.';
