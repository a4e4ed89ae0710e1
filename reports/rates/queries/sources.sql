-- needs: exposure
-- grain: one row per operation, definition and source of flight hours, departures and miles
select
    operation, definition, source, min(year) as first_year, max(year) as last_year, count(distinct aircraft_class) as classes,
    count(flight_hours) as with_hours, count(departures) as with_departures, count(miles) as with_miles,
    count(standard_error) as with_error
from exposure
group by operation, definition, source
order by operation collate "C", first_year, definition collate "C", source collate "C"
