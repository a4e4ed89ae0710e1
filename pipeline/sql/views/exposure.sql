-- needs: flight_activity
-- grain: one row per year, operation and class of aircraft: flight hours, departures and miles as published, with their source
-- kind: view
-- column: year Calendar year.
-- column: operation Kind of operation, such as general_aviation or part_121_scheduled.
-- column: aircraft_class Class of aircraft, such as ROBINSON R44; all for all aircraft of the operation.
-- column: flight_hours Flight hours of the year, in hours; null where the source has none.
-- column: departures Departures of the year; null where the source has none.
-- column: miles Miles flown in the year (statute miles); null where the source has none.
-- column: standard_error Standard error of flight_hours, in hours, from sampling in FAA's survey; null where the source has none.
-- column: definition Accidents that match these hours, as in rate_population.
-- column: source Publication that the figures come from.
-- column: retrieved Date on which the publication was read.
-- column: note Rounding, corrections and other remarks on the figures.
select
    year::integer as year,
    operation,
    aircraft_class,
    flight_hours::bigint as flight_hours,
    departures::bigint as departures,
    miles::bigint as miles,
    flight_hours::double precision * standard_error::double precision / 100 as standard_error,
    definition,
    source,
    retrieved::date as retrieved,
    note
from flight_activity
