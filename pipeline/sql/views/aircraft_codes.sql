-- needs: aircraft, engines, events_sequence, occurrences, tblfirsthalf
-- grain: one row per aircraft: the codes that its era gives it, each with the code list (avall, pre2008, pre1982) it is from
-- kind: view
-- The step since 2008 is the defining one, else the first; before 2008 the first occurrence. A row of any era keeps the list of the table
-- that its code stands in. Engines: the first whose type is stated.
with step as (
    select distinct on (ev_id, aircraft_key)
        ev_id, aircraft_key, nullif(btrim(phase_no), '') as phase,
        nullif(coalesce(nullif(btrim(eventsoe_no), ''), substr(btrim(occurrence_code), 4, 3)), '') as occurrence
    from events_sequence
    where era <> 'pre1982'
    order by ev_id, aircraft_key, defining_ev is true desc, occurrence_no
),

occurrence as (
    select distinct on (ev_id, aircraft_key)
        ev_id, aircraft_key, phase_of_flight::text as phase, occurrence_code::text as occurrence
    from occurrences
    where era <> 'pre1982'
    order by ev_id, aircraft_key, occurrence_no
),

engine as (
    select distinct on (ev_id, aircraft_key) ev_id, aircraft_key, upper(btrim(eng_type)) as eng_type
    from engines
    where btrim(eng_type) <> '' and era <> 'pre1982'
    order by ev_id, aircraft_key, eng_no
)

select
    aircraft.ev_id, aircraft.aircraft_key, aircraft.era,
    case when half.recnum is not null then 'pre1982'
        when step.ev_id is not null then 'avall'
        when occurrence.ev_id is not null then 'pre2008'
        else aircraft.era end as step_list,
    nullif(upper(btrim(case when half.recnum is null then aircraft.acft_category else half.type_craft end)), '') as category,
    nullif(upper(btrim(case when half.recnum is null then aircraft.damage else half.acft_adamg end)), '') as damage,
    case
        when half.recnum is null then nullif(upper(btrim(aircraft.far_part)), '')
        when coalesce(btrim(half.type_operator), '') <> '' then upper(btrim(half.type_operator))
        -- Airlines have no type of operator, they are named.
        when btrim(half.name_comm_carr) <> '' then 'CARRIER'
    end as operation,
    nullif(upper(btrim(case when half.recnum is null then aircraft.type_fly else half.kind_fly_gena end)), '') as purpose,
    nullif(case when half.recnum is null then engine.eng_type else upper(btrim(half.type_power)) end, '') as engine,
    nullif(case when half.recnum is null then coalesce(step.phase, occurrence.phase)
        else upper(btrim(half.operation_phase1)) end, '') as phase,
    nullif(case when half.recnum is null then coalesce(step.occurrence, occurrence.occurrence)
        else upper(btrim(half.accident_type1)) end, '') as occurrence
from aircraft
left join tblfirsthalf as half
    on aircraft.source_row = half.source_row and aircraft.source_file = half.source_file and aircraft.era = 'pre1982'
left join step on aircraft.ev_id = step.ev_id and aircraft.aircraft_key = step.aircraft_key
left join occurrence on aircraft.ev_id = occurrence.ev_id and aircraft.aircraft_key = occurrence.aircraft_key
left join engine on aircraft.ev_id = engine.ev_id and aircraft.aircraft_key = engine.aircraft_key
