-- needs: nothing
-- grain: one row per aircraft in an event of 1962-1981, second half of its record: remarks, weather, flight times, impact, equipment
-- types: inferred
-- convert: remarks to_memo
-- convert: cause to_memo
create table tblsecondhalf (
    recnum integer not null, faa_persnl_serious integer, faa_persnl_minor integer, faa_persnl_none integer,
    faa_persnl_unknown integer, faa_persnl_totals integer, ntsb_persn_fatal integer, ntsb_persn_serious integer,
    ntsb_persn_minor integer, ntsb_persn_none integer, ntsb_persn_unknown integer, ntsb_persn_totals integer,
    other_govmnt_fatal integer, other_govmnt_serious integer, other_govmnt_minor integer,
    other_govmnt_none integer, other_govmnt_unknown integer, other_govmnt_totals integer, public_restricted text,
    remarks text, cause text, part_powr_loss_eng text, comp_eng_fail text, simul_flameot text, prop_part1 text,
    prop_part2 text, engin_seizure text, airframe_tso text, engn1_tso text, engn2_tso text, engn3_tso text,
    engn4_tso text, prop1_tso text, prop2_tso text, prop3_tso text, prop4_tso text, aircraft_tot_time text,
    aircraft_ser_num text, sky_condition text, ceiling text, visibility text, precipitation text,
    obstruct_vision text, wind_component text, dew_point text, runway_vis_range text, general_weather text,
    temperature_ text, wind_direction text, wind_velocity text, precision_appro text, survellance_app text,
    inst_land_sys text, ils_glide_path text, localizer_only text, vis_approch_slope text, tacan text,
    vor_tvor text, non_dir_radio_beacon text, low_freq_radio text, approach_lighting text, approch_lite_sys text,
    land_wethr_minima text, instrmt_time_act text, instrmt_time_sim text, simulator_type text,
    act_time_instm_30d text, night_time_total text, pilot_time_24h text, pilot_time_30d text, pilot_time_90d text,
    duration_flight text, onduty_time text, rest_prior_flight text, toxi_exam_pilot text, alchohol_rang_pilot text,
    impact_severity text, impacct_angle text, deceleration_rate text, direction_declel text, stopping_dist text,
    cockpit text, forward_cabin text, center_cabin text, aft_cabin text, impact_nontrans text, seating_config text,
    seat_failures text, seatbelt_failures text, deaths_fire text, evacuation_chute text, evac_rope text,
    evac_ladder text, emergency_exits text, emergency_lights text, outside_assist text, method_exit text,
    evacuated_occupnt text, not_evacuated_occu text, timeoff_evacuatn text, attitude_at_imp_roll text,
    attitude_at_imp_pitch text, attitude_at_imp_yaw text, speed_at_impact text, autpssy_exam text,
    fire_extinsr_system text, fire_warning_system text, fire_location text, fire_crash_invrt_sys text,
    fire_extin_agnt_fix text, fire_extin_agnt_por text, fire_extin_agnt_gnd text, flares text,
    fire_damage_airc text, gnd_fire_fight_equp text, auto_pilot text, approach_coupler text, flight_recorder text,
    radar_airborne text, engin_anti_icing text, propeller_deicing text, wing_anti_icing text,
    windshield_anti_ice text, oxygen_system text, stall_warn_indicator text, gross_weight text,
    center_gravity text, property_damage text, emgcy_locator_trans text, stability_augmtation text,
    cockpit_recorder_voice text, elect_command_cont text, envior_control_sys text, inertial_navg_sys text,
    airborn_integ_data text, maint_detec_recorder text, heads_up_display text, investigator_in_chg text,
    type_accident_relse text, date_avail_analysis text, date_analysis_comp text, analyst_number text,
    data_classification text, investigation_code text, invest_year text, invest_type text, invest_mode text,
    invest_number text, identifier_num_cd00 text, pilot_time_crop_cntl text, kind_of_operation text,
    kind_of_crop text, type_chemical_used text, toxic_effect_expos text, duration_of_exposure text,
    toxic_antidotes text, pe_shoulder_harness text, pe_seat_belt text, pe_resperation text,
    pe_special_clothing text, gloves text, goggles text, crash_helmet text, cockpit_crash_pad text, crash_bar text,
    tank_hopper_loc text, elevation_treated_a text, obstructions_ text, terrain_type text, swath_run_flown text,
    proceedure_turnrnd text, segment_aviaton_invol text, terminal_comm_estab text, controlling_facility text,
    radar_control_surve text, traffic_advisory text, controlled_un_airp text, control_zone_area text,
    direction_flight text, convergence_angle text, collision_ang_hor text, collision_ang_ver text,
    evasive_action text, anti_collision_lights text, instrument_trn_op text, military_involvemt text,
    military_type text, surface_cond_ditching text, water_temerture text, time_in_water text, time_in_raft text,
    distress_call_froma text, aircraft_sank text, life_preserver text, life_raft text, flares_distress text,
    dye_marker text, flashlight text, mirror text, radio_emergency text,
    era text not null,
    source_file text not null,
    source_row bigint not null
);

comment on table tblsecondhalf is
'One row per aircraft in an event of 1962-1981, second half of its record: remarks, weather, flight times, impact, equipment.';
