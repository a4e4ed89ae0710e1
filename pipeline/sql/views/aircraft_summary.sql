-- needs: clean_aircraft, aircraft_names, event_summary, phase_of_flight, code_meanings
-- grain: one row per aircraft in an event, of every era, with its codes decoded
-- kind: view
-- column: make Manufacturer under its standard name, or as written where the list has none (make_group in aircraft_names); null where it is missing.
-- column: model Model under its standard name, or as written where the list has none (model_group in aircraft_names); null where it is missing.
-- column: acft_category Code of the category of the aircraft, trimmed and in upper case; null where it is empty.
-- column: acft_category_meaning Meaning of acft_category in code_meanings; null where it is not explained.
-- column: damage Code of the damage to the aircraft, trimmed and in upper case; null where it is empty.
-- column: damage_meaning Meaning of damage in code_meanings; null where it is not explained.
-- column: far_part Code of the part of 14 CFR or authority of the operation, trimmed and in upper case; null where it is empty.
-- column: far_part_meaning Meaning of far_part in code_meanings; null where it is not explained.
-- column: acft_fire Code of a fire of the aircraft, trimmed and in upper case; null where it is empty.
-- column: acft_fire_meaning Meaning of acft_fire in code_meanings; null where it is not explained.
-- column: acft_expl Code of an explosion of the aircraft, trimmed and in upper case; null where it is empty.
-- column: acft_expl_meaning Meaning of acft_expl in code_meanings; null where it is not explained.
-- column: type_fly Code of the purpose of the flight, trimmed and in upper case; null where it is empty.
-- column: type_fly_meaning Meaning of type_fly in code_meanings; null where it is not explained.
-- column: homebuilt Y if the aircraft is amateur-built, trimmed and in upper case; null where it is empty.
with meanings as materialized (
    select column_name, code, meaning
    from code_meanings
    where table_name = 'aircraft'
        and column_name in ('acft_category', 'damage', 'far_part', 'acft_fire', 'acft_expl', 'type_fly')
),

-- `distinct on` lets the planner drop a join whose meaning a query does not use, as in event_summary.
category as (select distinct on (code) code, meaning from meanings where column_name = 'acft_category'),

damage as (select distinct on (code) code, meaning from meanings where column_name = 'damage'),

far_part as (select distinct on (code) code, meaning from meanings where column_name = 'far_part'),

fire as (select distinct on (code) code, meaning from meanings where column_name = 'acft_fire'),

explosion as (select distinct on (code) code, meaning from meanings where column_name = 'acft_expl'),

purpose as (select distinct on (code) code, meaning from meanings where column_name = 'type_fly'),

phase as (
    select distinct on (ev_id, aircraft_key) ev_id, aircraft_key, phase_code, broad_phase
    from phase_of_flight
),

cleaned as (
    -- Empty codes count as missing here. The table `aircraft` has them as written.
    select
        ev_id, aircraft_key, regis_no, acft_make, acft_model,
        nullif(acft_category_code, '') as acft_category,
        nullif(damage_code, '') as damage,
        nullif(far_part_code, '') as far_part,
        nullif(acft_fire_code, '') as acft_fire,
        nullif(acft_expl_code, '') as acft_expl,
        nullif(type_fly_code, '') as type_fly,
        nullif(homebuilt_code, '') as homebuilt,
        num_eng, acft_year, total_seats, era, source_file, source_row
    from clean_aircraft
)

select
    cleaned.ev_id, cleaned.aircraft_key, cleaned.regis_no,
    cleaned.acft_make, names.make_group as make, cleaned.acft_model, names.model_group as model,
    cleaned.acft_category, category.meaning as acft_category_meaning,
    cleaned.damage, damage.meaning as damage_meaning,
    cleaned.far_part, far_part.meaning as far_part_meaning,
    cleaned.acft_fire, fire.meaning as acft_fire_meaning,
    cleaned.acft_expl, explosion.meaning as acft_expl_meaning,
    cleaned.type_fly, purpose.meaning as type_fly_meaning,
    cleaned.homebuilt, cleaned.num_eng, cleaned.acft_year, cleaned.total_seats,
    phase.phase_code, phase.broad_phase,
    event_summary.ev_date, event_summary.ev_year, event_summary.ev_type,
    event_summary.ev_state, event_summary.ev_country, event_summary.is_us,
    event_summary.severity, event_summary.total_deaths, event_summary.aircraft_count,
    cleaned.era, cleaned.source_file, cleaned.source_row
from cleaned
left join aircraft_names as names on cleaned.ev_id = names.ev_id and cleaned.aircraft_key = names.aircraft_key
left join event_summary on cleaned.ev_id = event_summary.ev_id
left join phase on cleaned.ev_id = phase.ev_id and cleaned.aircraft_key = phase.aircraft_key
left join category on category.code = cleaned.acft_category
left join damage on damage.code = cleaned.damage
left join far_part on far_part.code = cleaned.far_part
left join fire on fire.code = cleaned.acft_fire
left join explosion on explosion.code = cleaned.acft_expl
left join purpose on purpose.code = cleaned.type_fly
