-- needs: aircraft
-- grain: one row per aircraft in an event: the published columns that views read, with text codes trimmed and in upper case
-- kind: view
-- schema: staging
-- Columns under NTSB's names are as published. Columns that end in _code are trimmed and in upper case; empty strings stay empty.
-- registration, make and model are in upper case, with one blank for each run of whitespace, null where the text is empty.
-- column: registration Registration, trimmed and in upper case; null where it is empty.
-- column: make Manufacturer as written (acft_make), in upper case, without repeated whitespace; null where it is empty.
-- column: model Model as written (acft_model), in upper case, without repeated whitespace; null where it is empty.
-- column: acft_category_code Code acft_category, trimmed and in upper case.
-- column: homebuilt_code Code homebuilt (Y or N), trimmed and in upper case.
-- column: fixed_retractable_code Code fixed_retractable, trimmed and in upper case.
-- column: damage_code Code damage, trimmed and in upper case.
-- column: acft_fire_code Code acft_fire, trimmed and in upper case.
-- column: acft_expl_code Code acft_expl, trimmed and in upper case.
-- column: far_part_code Code far_part, trimmed and in upper case.
-- column: type_fly_code Code type_fly, trimmed and in upper case.
-- column: oper_sched_code Code oper_sched, trimmed and in upper case.
-- column: site_seeing_code Code site_seeing (Y or N), trimmed and in upper case.
-- column: air_medical_code Code air_medical (Y or N), trimmed and in upper case.
-- column: second_pilot_code Code second_pilot (Y or N), trimmed and in upper case.
-- column: flt_plan_filed_code Code flt_plan_filed, trimmed and in upper case.
select
    ev_id,
    aircraft_key,
    regis_no,
    upper(convert.to_words(regis_no)) as registration,
    acft_make,
    upper(convert.to_words(acft_make)) as make,
    acft_model,
    upper(convert.to_words(acft_model)) as model,
    convert.to_code(acft_category) as acft_category_code,
    convert.to_code(homebuilt) as homebuilt_code,
    acft_year,
    total_seats,
    num_eng,
    convert.to_code(fixed_retractable) as fixed_retractable_code,
    cert_max_gr_wt,
    date_last_insp,
    afm_hrs,
    convert.to_code(damage) as damage_code,
    convert.to_code(acft_fire) as acft_fire_code,
    convert.to_code(acft_expl) as acft_expl_code,
    convert.to_code(far_part) as far_part_code,
    convert.to_code(type_fly) as type_fly_code,
    convert.to_code(oper_sched) as oper_sched_code,
    convert.to_code(site_seeing) as site_seeing_code,
    convert.to_code(air_medical) as air_medical_code,
    convert.to_code(second_pilot) as second_pilot_code,
    convert.to_code(flt_plan_filed) as flt_plan_filed_code,
    dprt_time,
    rwy_len,
    rwy_width,
    era,
    source_file,
    source_row
from aircraft
