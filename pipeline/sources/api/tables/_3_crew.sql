-- needs: api_aircraft
-- grain: one row per crew member of an aircraft, its fields as text, its lists as jsonb
create temporary table api_crew on commit drop as
select
    api_aircraft.case_row,
    api_aircraft.position,
    listed.position as crew_position,
    api_aircraft.ev_id,
    api_aircraft."aircraftNumber",
    api_aircraft.lchg_date,
    c.*
from api_aircraft
cross join lateral jsonb_array_elements(convert.api_objects(api_aircraft."crewAndOccupants"))
    with ordinality as listed (item, position)
cross join lateral jsonb_to_record(listed.item) as c (
    "crewOccupantNumber" text, "crewCategory" text, "age" text, "sex" text, "injuryLevel" text, "pilotFlying" text,
    "seatOccupied" text, "rowNumber" text, "medicalCertificate" text, "medicalCertificateStatus" text,
    "medicalCertLimitations" text, "mostRecentFaaMedicalCertificate" text, "dateOfLastFlightReview" text,
    "occupationalPilot" text, "toxicologyPerformed" text, "restraintUsed" text, "availableRestraintType" text,
    "childRestraint" text, "inflatableRestraintInstalled" text, "inflatableRestraintDeployed" text,
    "pilotCertificates" jsonb, "pilotRatingForAirplanes" jsonb, "pilotRatingsForInstruments" jsonb,
    "pilotsFlightTimeMatrix" jsonb, "flightTimeSummary" jsonb
);
