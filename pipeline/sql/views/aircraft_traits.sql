-- needs: aircraft, clean_aircraft, aircraft_names, aircraft_harmonized
-- grain: one row per aircraft: the make, model and characteristics by which rules assign its family and class; missing text is empty
-- kind: view
-- column: make Name of the make to count by (make_group of aircraft_names); empty where it is missing.
-- column: model Letters and digits of the name of the model to count by (model_group of aircraft_names); empty where it is missing.
-- column: homebuilt Homebuilt in NTSB's record: Y, N or another code; empty where it is missing.
-- column: category Harmonized category (aircraft_harmonized); empty where it is missing.
-- column: engine Harmonized engine type (aircraft_harmonized); empty where it is missing.
-- column: num_eng Number of engines; 0 where it is missing too, because NTSB records 0 for an unknown number.
-- column: unmanned True for an unmanned aircraft in NTSB's record; false where it is missing too.
select
    aircraft.ev_id,
    aircraft.aircraft_key,
    aircraft.era,
    coalesce(names.make_group, '') as make,
    coalesce(regexp_replace(names.model_group, '[^A-Z0-9]+', '', 'g'), '') as model,
    coalesce(cleaned.homebuilt_code, '') as homebuilt,
    coalesce(harmonized.category, '') as category,
    coalesce(harmonized.engine, '') as engine,
    coalesce(cleaned.num_eng, 0) as num_eng,
    coalesce(aircraft.unmanned, false) as unmanned
from aircraft
inner join clean_aircraft as cleaned on aircraft.ev_id = cleaned.ev_id and aircraft.aircraft_key = cleaned.aircraft_key
inner join aircraft_names as names on aircraft.ev_id = names.ev_id and aircraft.aircraft_key = names.aircraft_key
inner join aircraft_harmonized as harmonized
    on aircraft.ev_id = harmonized.ev_id and aircraft.aircraft_key = harmonized.aircraft_key
