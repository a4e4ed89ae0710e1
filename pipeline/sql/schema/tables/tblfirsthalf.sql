-- needs: nothing
-- grain: one row per aircraft in an event of 1962-1981, first half of its record: circumstances, location, pilots, causes, injuries
-- types: inferred
create table tblfirsthalf (
    recnum integer not null, trans_date date, docket_no text, regist_no text, date_occurrence date,
    locat_near text, location text, acft_make text, acft_model text, second_acft_regno text, time_occur text,
    acc_inc_class text, locat_state_terr text, acft_make_code text, acft_model_code text, engin_make text,
    engin_model text, type_craft text, landing_gear text, wgt_cat text, no_engines text, type_power text,
    acft_adamg text, fire_aftr_impt text, fuel_type text, type_operator text, kind_fly_gena text,
    name_comm_carr text, operation_type text, accident_type1 text, operation_phase1 text, accident_type2 text,
    operation_phase2 text, alt_of_occ text, recv_alt text, aircraft_speed text, operator text, forced_landing text,
    emergency text, recov_loss text, oxy_systm text, paraachute text, light_cond text, type_weathr text,
    wethr_brief text, wethr_forcast text, flight_plan text, instrm_approh text, air_equt_inst_flt text,
    airpt_proix text, airpt_acc_dirt text, lat_dist text, airport_class text, airport_name text, elev_airpt text,
    runwy_comp text, runwy_cond text, runwy_lite text, runwy_hazz text, runwy_barr text, tower_unicom text,
    runway_ln text, depart_pt text, lastpln_depart text, inten_destin text, gndele_accsite text, terrain_typ text,
    miss_aircft text, airspace_seg text, pilot_involed1 text, pilot_involed2 text, hours_total_pilot1 text,
    hours_total_pilot2 text, hours_in_type_pilot1 text, hours_in_type_pilot2 text, age_pilot1 text,
    age_pilot2 text, medical_cert_pilot1 text, medical_cert_pilot2 text, rating_1 text, rating_2 text,
    rated_aircraft_1 text, rated_aircraft_2 text, certificate_pilot1 text, certificate_pilot2 text,
    occupation_1 text, occupation_2 text, at_controls text, cause_factor_1p text, cause_factor_1m text,
    cause_factor_1s text, cause_factor_2p text, cause_factor_2m text, cause_factor_2s text, cause_factor_3p text,
    cause_factor_3m text, cause_factor_3s text, cause_factor_4p text, cause_factor_4m text, cause_factor_4s text,
    cause_factor_5p text, cause_factor_5m text, cause_factor_5s text, cause_factor_6p text, cause_factor_6m text,
    cause_factor_6s text, cause_factor_7p text, cause_factor_7m text, cause_factor_7s text, cause_factor_8p text,
    cause_factor_8m text, cause_factor_8s text, cause_factor_9p text, cause_factor_9m text, cause_factor_9s text,
    cause_factor_10p text, cause_factor_10m text, cause_factor_10s text, injury_index text, pilot_fatal integer,
    pilot_serious integer, pilot_minor integer, pilot_none integer, pilot_unknown integer, pilot_totals integer,
    co_pilot_fatal integer, co_pilot_serious integer, co_pilot_minor integer, co_pilot_none integer,
    co_pilot_unknown integer, co_pilot_totals integer, dual_student_fatal integer, dual_student_serious integer,
    dual_student_minor integer, dual_student_none integer, dual_student_unknown integer,
    dual_student_totals integer, hull_loss text, chk_pilot_fatal integer, chk_pilot_serious integer,
    chk_pilot_minor integer, chk_pilot_none integer, chk_pilot_unknown integer, chk_pilot_totals integer,
    flt_engn_fatal integer, flt_engn_serious integer, flt_engn_minor integer, flt_engn_none integer,
    flt_engn_unknown integer, flt_engn_totals integer, navigtr_fatal integer, navigtr_serious integer,
    navigtr_minor integer, navigtr_none integer, navigtr_unknown integer, navigtr_totals integer,
    cabin_attn_fatal integer, cabin_attn_serious integer, cabin_attn_minor integer, cabin_attn_none integer,
    cabin_attn_unknown integer, cabin_attn_totals integer, extra_crew_fatal integer, extra_crew_serious integer,
    extra_crew_minor integer, extra_crew_none integer, extra_crew_unknown integer, extra_crew_totals integer,
    passengers_fatal integer, passengers_serious integer, passengers_minor integer, passengers_none integer,
    passengers_unknown integer, passengers_totals integer, total_abrd_fatal integer, total_abrd_serious integer,
    total_abrd_minor integer, total_abrd_none integer, total_abrd_unknown integer, total_abrd_totals integer,
    other_airc_fatal integer, other_airc_serious integer, other_airc_minor integer, other_airc_none integer,
    other_airc_unknown integer, other_airc_totals integer, other_grnd_fatal integer, other_grnd_serious integer,
    other_grnd_minor integer, other_grnd_none integer, other_grnd_unknown integer, other_xxxx_totals integer,
    bi_fligt_rev text, recency_expr text, comm_plt_prof text, runway_used text, grand_total_fatal integer,
    grand_total_serious integer, grand_total_minor integer, grand_total_none integer, grand_total_unknown integer,
    grand_total_totals integer, faa_persnl_fatal integer,
    era text not null,
    source_file text not null,
    source_row bigint not null
);

comment on table tblfirsthalf is
'One row per aircraft in an event of 1962-1981, first half of its record: circumstances, location, pilots, causes, injuries.';
comment on column tblfirsthalf.recnum is 'Record number assigned by NTSB; joins all tables of this database.';
comment on column tblfirsthalf.era is 'NTSB database that the row comes from: avall, pre2008 or pre1982.';
comment on column tblfirsthalf.source_file is 'Source file of the row: avall, Pre2008, PRE1982 or a weekly upDDMON.';
comment on column tblfirsthalf.source_row is 'Row number in the table of that source file, from 1, in the order of the file.';
