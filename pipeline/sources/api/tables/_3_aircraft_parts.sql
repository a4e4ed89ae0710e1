-- needs: api_aircraft
-- grain: one row per aircraft with the part: operation, flight, airport, damage; the first where a list has several
create temporary table api_operation on commit drop as
select api_aircraft.case_row, api_aircraft.position, o.*
from api_aircraft
cross join lateral jsonb_to_record(convert.api_objects(api_aircraft."ownerOperators") -> 0) as o (
    "regulationFlightConductedUnder" text, "flightOperationType" text, "flightScheduledType" text,
    "flightServiceType" text, "flightTerminalType" text, "hasOperatingCertificates" text, "airMedical" text,
    "airMedicalType" text, "revenueSightseeing" text, "secondPilotPresent" text, "operatorDesignatorCode" text,
    "operatorName" text, "operatorDoingBusinessAs" text, "operatorIndividual" text, "operatorAddress" text,
    "operatorCity" text, "operatorStateOrRegion" text, "operatorCountry" text, "operatorZip" text,
    "operatorCertificateNumber" text, "registeredOwner" text, "ownerAddress" text, "ownerCity" text,
    "ownerStateOrRegion" text, "ownerCountry" text, "ownerZip" text
);
create temporary table api_flight on commit drop as
select api_aircraft.case_row, api_aircraft.position, i.*
from api_aircraft
cross join lateral jsonb_to_record(convert.api_objects(api_aircraft."itinerary") -> 0) as i (
    "departureAirportId" text, "departureCity" text, "departureStateOrRegion" text, "departureCountry" text,
    "departureTimeUtc" text, "destinationAirportId" text, "destinationCity" text, "destinationStateOrRegion" text,
    "destinationCountry" text, "flightPlan" text, "flightPlanSpecification" text
);
create temporary table api_airport on commit drop as
select api_aircraft.case_row, api_aircraft.position, p.*
from api_aircraft
cross join lateral jsonb_to_record(convert.api_objects(api_aircraft."airports") -> 0) as p (
    "airportRunwayId" text, "airportRunwayLengthFt" text, "airportRunwayWidthFt" text,
    "airportLandingSurfaceType" text, "airportLandingSurfaceCondition" text
);
create temporary table api_damage on commit drop as
select api_aircraft.case_row, api_aircraft.position, d.*
from api_aircraft
cross join lateral jsonb_to_record(convert.api_objects(api_aircraft."aircraftAccidents") -> 0) as d (
    "damageLevel" text, "fireType" text, "explosionType" text
);
