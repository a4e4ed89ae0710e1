-- needs: pilot, decoded
-- grain: one row per pilot involved, at most two per aircraft, in an event of 1962-1981
select
    pilot.ev_id,
    pilot.aircraft_key,
    pilot.crew_no,
    crew.modern as crew_category,
    pilot.age as crew_age,
    medical.modern as med_certf,
    pilot.was_flying as pilot_flying,
    pilot.source_row
from pilot
left join decoded as crew on crew.field = 'PILOT_INVOLED' and pilot.role = crew.code
left join decoded as medical on medical.field = 'MEDICAL_CERT' and pilot.medical = medical.code
