-- needs: api_case
-- grain: one row per aircraft of a case since 2008, its fields as text, its lists as jsonb
-- The first owner or operator, airport and flight: a case of the shape since 2008 has one of each.
create temporary table api_aircraft on commit drop as
select
    api_case.case_row,
    listed.position,
    api_case.ev_id,
    api_case."ntsbNumber",
    api_case.lchg_date,
    a.*
from api_case
cross join lateral jsonb_array_elements(convert.api_objects(api_case."aircrafts")) with ordinality as listed (item, position)
cross join lateral jsonb_to_record(listed.item) as a (
    "aircraftNumber" text, "aircraftCategory" text, "aircraftRegistrationNumber" text, "aircraftSerialNumber" text,
    "aircraftMake" text, "aircraftModel" text, "aircraftSeries" text, "aircraftAmateurBuilt" text,
    "yearOfManufacture" text, "aircraftMaxGrossWeight" text, "aircraftNumberOfEngines" text,
    "aircraftNumberOfSeats" text, "aircraftFlightCrewSeats" text, "aircraftCabinCrewSeats" text,
    "aircraftPassengerSeats" text, "aircraftRetractableLandingGear" text, "airframeTotalTimeHours" text,
    "aircraftLastInspectionDate" text, "aircraftLastInspectionType" text, "aircraftFromLastInspectionHours" text,
    "aircraftAtTimeOfAccident" text, "aircraftFuelOnBoard" text, "aircraftIfrEquippedAndCertified" text,
    "aircraftMissing" text, "aircraftUnmanned" text, "aircraftCommercialSpaceFlight" text, "aircraftEltInstalled" text,
    "aircraftEltActivated" text, "aircraftEltAidedLocatingAccident" text, "aircraftEltConnectedAntenna" text,
    "aircraftEltStillMounted" text, "aircraftEltManufacturer" text, "aircraftEltModelPart" text,
    "aircraftEltReasonOther" text, "aircraftElttsoNumber" text, "injuries" jsonb, "aircraftAccidents" jsonb,
    "engines" jsonb, "ownerOperators" jsonb, "operatingCertificates" jsonb, "airworthinessCertificates" jsonb,
    "landingGear" jsonb, "airspaces" jsonb, "airports" jsonb, "approaches" jsonb, "itinerary" jsonb,
    "additionalEquipment" jsonb, "crewAndOccupants" jsonb, "events" jsonb, "findings" jsonb
)
where api_case.is_modern;
