-- needs: tblfirsthalf, tblsecondhalf, tbloccurrences, tblseqofevents
-- grain: one row per table, field and code used in rows of 1962-1981, with its number of uses
-- kind: view
-- schema: code_mappings
-- column: relation Table with the code: tblfirsthalf, tblsecondhalf, tbloccurrences or tblseqofevents.
-- column: field Code list of the code, as in ct_pre1982.name; CAUSE_FACTOR M FLAG for cause_factor_1m to cause_factor_10m.
-- column: code Code, trimmed and in upper case.
-- column: times Number of uses of the code in the rows of the table.
with first_half as (
    -- Field and code form one text: there are 64 in each of 87,000 rows, so they are counted first and split afterwards. A cause
    -- follows its flag. A pilot's code is followed by the letter of the role, which is dropped. Ages are not codes.
    select unnest(array[
        'ACC_INC_CLASS=' || acc_inc_class, 'LOCAT_STATE_TERR=' || locat_state_terr, 'ACFT_MAKE_CODE=' || acft_make_code,
        'ACFT_MODEL_CODE=' || acft_make_code || nullif(acft_model_code, ''), 'ENGIN_MAKE=' || engin_make,
        'ENGIN_MODEL=' || engin_make || nullif(engin_model, ''), 'TYPE_CRAFT=' || type_craft,
        'LANDING_GEAR=' || landing_gear, 'WGT_CAT=' || wgt_cat, 'TYPE_POWER=' || type_power,
        'ACFT_ADAMG=' || acft_adamg, 'FIRE_AFTR_IMPT=' || fire_aftr_impt, 'FUEL_TYPE=' || fuel_type,
        'TYPE_OPERATOR=' || type_operator, 'KIND_FLY_GENA=' || kind_fly_gena, 'NAME_COMM_CARR=' || name_comm_carr,
        'OPERATION_TYPE=' || operation_type, 'ACCIDENT_TYPE=' || accident_type1, 'ACCIDENT_TYPE=' || accident_type2,
        'OPERATION_PHASE=' || operation_phase1, 'OPERATION_PHASE=' || operation_phase2,
        'FORCED_LANDING=' || forced_landing, 'EMERGENCY=' || emergency, 'RECOV_LOSS=' || recov_loss,
        'LIGHT_COND=' || light_cond, 'TYPE_WEATHR=' || type_weathr, 'WETHR_BRIEF=' || wethr_brief,
        'WETHR_FORCAST=' || wethr_forcast, 'FLIGHT_PLAN=' || flight_plan, 'INSTRM_APPROH=' || instrm_approh,
        'AIRPT_PROIX=' || airpt_proix, 'AIRPORT_CLASS=' || airport_class, 'RUNWY_COMP=' || runwy_comp,
        'RUNWY_COND=' || runwy_cond, 'RUNWY_LITE=' || runwy_lite, 'RUNWY_HAZZ=' || runwy_hazz,
        'TOWER_UNICOM=' || tower_unicom, 'TERRAIN_TYP=' || terrain_typ, 'INJURY_INDEX=' || injury_index,
        'PILOT_INVOLED=' || pilot_involed1, 'PILOT_INVOLED=' || pilot_involed2, 'PILOT_INVOLED=' || at_controls,
        'AGE=' || age_pilot1, 'AGE=' || age_pilot2, 'MEDICAL_CERT=' || left(medical_cert_pilot1, -1),
        'MEDICAL_CERT=' || left(medical_cert_pilot2, -1), 'RATING=' || left(rating_1, -1),
        'RATING=' || left(rating_2, -1), 'RATED_AIRCRAFT=' || left(rated_aircraft_1, -1),
        'RATED_AIRCRAFT=' || left(rated_aircraft_2, -1), 'CERTIFICATE=' || left(certificate_pilot1, -1),
        'CERTIFICATE=' || left(certificate_pilot2, -1), 'OCCUPATION=' || left(occupation_1, -1),
        'OCCUPATION=' || left(occupation_2, -1),
        concat('CAUSE_FACTOR', cause_factor_1m, '=', cause_factor_1p, cause_factor_1s),
        concat('CAUSE_FACTOR', cause_factor_2m, '=', cause_factor_2p, cause_factor_2s),
        concat('CAUSE_FACTOR', cause_factor_3m, '=', cause_factor_3p, cause_factor_3s),
        concat('CAUSE_FACTOR', cause_factor_4m, '=', cause_factor_4p, cause_factor_4s),
        concat('CAUSE_FACTOR', cause_factor_5m, '=', cause_factor_5p, cause_factor_5s),
        concat('CAUSE_FACTOR', cause_factor_6m, '=', cause_factor_6p, cause_factor_6s),
        concat('CAUSE_FACTOR', cause_factor_7m, '=', cause_factor_7p, cause_factor_7s),
        concat('CAUSE_FACTOR', cause_factor_8m, '=', cause_factor_8p, cause_factor_8s),
        concat('CAUSE_FACTOR', cause_factor_9m, '=', cause_factor_9p, cause_factor_9s),
        concat('CAUSE_FACTOR', cause_factor_10m, '=', cause_factor_10p, cause_factor_10s)
    ]) as pair
    from tblfirsthalf
),

second_half as (
    select unnest(array[
        'SKY_CONDITION=' || sky_condition, 'PRECIPITATION=' || precipitation, 'OBSTRUCT_VISION=' || obstruct_vision,
        'GENERAL_WEATHER=' || general_weather, 'IMPACT_SEVERITY=' || impact_severity
    ]) as pair
    from tblsecondhalf
),

-- Blank codes are removed after counting: testing every text before it takes five times as long.
counted as materialized (
    select 'tblfirsthalf' as relation, pair, count(*) as times from first_half group by pair
    union all
    select 'tblsecondhalf', pair, count(*) from second_half group by pair
    union all
    select 'tbloccurrences', 'ACCIDENT_TYPE=' || occurrencecode, count(*) from tbloccurrences group by occurrencecode
    union all
    select 'tbloccurrences', 'OPERATION_PHASE=' || phaseofflight, count(*) from tbloccurrences group by phaseofflight
    union all
    select 'tblseqofevents', 'CAUSE_FACTOR=' || cfcode, count(*) from tblseqofevents group by cfcode
    union all
    select 'tblseqofevents', 'CORF=' || corf, count(*) from tblseqofevents group by corf
),

split as (
    select
        relation, substr(pair, strpos(pair, '=') + 1) as code, times,
        case when pair like 'CAUSE_FACTOR%' then 'CAUSE_FACTOR' else split_part(pair, '=', 1) end as field
    from counted
    union all
    select relation, substr(split_part(pair, '=', 1), length('CAUSE_FACTOR') + 1), times, 'CAUSE_FACTOR M FLAG'
    from counted where pair like 'CAUSE_FACTOR%'
)

select relation, field, convert.to_code(code) as code, sum(times)::bigint as times
from split
where btrim(code) <> '' and not (field = 'AGE' and code ~ '^([0-9]{2}|.$)')
group by relation, field, convert.to_code(code)
