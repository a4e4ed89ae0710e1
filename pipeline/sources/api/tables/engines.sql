-- needs: api_aircraft
-- grain: one row per engine of an aircraft, with its propeller
select
    a.case_row,
    row_number() over (order by a.case_row, a.position, listed.position) as source_row,
    a.ev_id,
    a."aircraftNumber" as aircraft_key,
    listed.item ->> 'engineNumbers' as eng_no,
    listed.item ->> 'engineType' as eng_type,
    listed.item ->> 'engineManufacturer' as eng_mfgr,
    listed.item ->> 'engineModelSeries' as eng_model,
    convert.api_rounded(listed.item ->> 'engineRatedPower') as power_units,
    listed.item ->> 'engineRatedPowerType' as hp_or_lbs,
    a.lchg_date,
    listed.item ->> 'engineFuelSystem' as carb_fuel_injection,
    listed.item ->> 'enginePropellerType' as propeller_type,
    listed.item ->> 'enginePropellerMake' as propeller_make,
    listed.item ->> 'enginePropellerModel' as propeller_model,
    listed.item ->> 'engineTotalTime' as eng_time_total,
    listed.item ->> 'engineFromLastInspectionHours' as eng_time_last_insp
from api_aircraft as a
cross join lateral jsonb_array_elements(convert.api_objects(a.engines)) with ordinality as listed (item, position)
