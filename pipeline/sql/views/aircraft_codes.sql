-- needs: clean_aircraft, clean_engines, clean_events_sequence, occurrences, clean_tblfirsthalf
-- grain: one row per aircraft: its codes as its era states them, and the code list (avall, pre2008, pre1982) that they belong to
-- kind: view
-- Phase and occurrence come from the defining occurrence since 2008, or the first one if none is marked; before 2008 from the first
-- occurrence. They belong to the code list of the table that states them, whatever the era of the aircraft. The engine is the first
-- one with a type.
-- column: step_list Code list of phase and occurrence: that of the table that states them (avall, pre2008 or pre1982).
-- column: category Code of the category of the aircraft: acft_category, or type_craft in 1962-1981; null where there is none.
-- column: damage Code of the damage to the aircraft: damage, or acft_adamg in 1962-1981; null where there is none.
-- column: operation Code of the operation: far_part, or type_operator in 1962-1981 (CARRIER for airlines); null where there is none.
-- column: purpose Code of the purpose of the flight: type_fly, or kind_fly_gena in 1962-1981; null where there is none.
-- column: engine Code of the engine type: eng_type of the first engine with one, or type_power in 1962-1981; null where there is none.
-- column: phase Code of the phase of flight of the defining or first occurrence, in step_list; null where there is none.
-- column: occurrence Code of the defining or first occurrence, in step_list; null where there is none.
with defining_occurrence as (
    select distinct on (ev_id, aircraft_key)
        ev_id, aircraft_key, nullif(phase_code, '') as phase, eventsoe_code as occurrence
    from clean_events_sequence
    where not mart.is_record_era(era)
    order by ev_id, aircraft_key, defining_ev is true desc, occurrence_no
),

first_occurrence as (
    select distinct on (ev_id, aircraft_key)
        ev_id, aircraft_key, phase_of_flight::text as phase, occurrence_code::text as occurrence
    from occurrences
    where not mart.is_record_era(era)
    order by ev_id, aircraft_key, occurrence_no
),

first_engine as (
    select distinct on (ev_id, aircraft_key) ev_id, aircraft_key, eng_type_code
    from clean_engines
    where eng_type_code <> '' and not mart.is_record_era(era)
    order by ev_id, aircraft_key, eng_no
)

select
    aircraft.ev_id, aircraft.aircraft_key, aircraft.era,
    case when record.recnum is not null then 'pre1982'
        when defining_occurrence.ev_id is not null then 'avall'
        when first_occurrence.ev_id is not null then 'pre2008'
        else aircraft.era end as step_list,
    nullif(case when record.recnum is null then aircraft.acft_category_code else record.type_craft_code end, '') as category,
    nullif(case when record.recnum is null then aircraft.damage_code else record.acft_adamg_code end, '') as damage,
    case
        when record.recnum is null then nullif(aircraft.far_part_code, '')
        when coalesce(record.type_operator_code, '') <> '' then record.type_operator_code
        -- Airlines have a name instead of a type of operator.
        when record.name_comm_carr_code <> '' then 'CARRIER'
    end as operation,
    nullif(case when record.recnum is null then aircraft.type_fly_code else record.kind_fly_gena_code end, '') as purpose,
    nullif(case when record.recnum is null then first_engine.eng_type_code else record.type_power_code end, '') as engine,
    nullif(case when record.recnum is null then coalesce(defining_occurrence.phase, first_occurrence.phase)
        else record.operation_phase1_code end, '') as phase,
    nullif(case when record.recnum is null then coalesce(defining_occurrence.occurrence, first_occurrence.occurrence)
        else record.accident_type1_code end, '') as occurrence
from clean_aircraft as aircraft
left join clean_tblfirsthalf as record
    on aircraft.source_row = record.source_row
        and aircraft.source_file = record.source_file
        and mart.is_record_era(aircraft.era)
left join defining_occurrence
    on aircraft.ev_id = defining_occurrence.ev_id and aircraft.aircraft_key = defining_occurrence.aircraft_key
left join first_occurrence
    on aircraft.ev_id = first_occurrence.ev_id and aircraft.aircraft_key = first_occurrence.aircraft_key
left join first_engine on aircraft.ev_id = first_engine.ev_id and aircraft.aircraft_key = first_engine.aircraft_key
