-- needs: mv_rates
-- grain: one row per operation, class of aircraft and period
select
    operation, aircraft_class, first_year, last_year, years, years_with_error, flight_hours, accidents, fatal_accidents,
    accidents_with_unknown_severity, excluded_accidents, accident_rate, accident_rate_lower, accident_rate_upper, fatal_rate,
    fatal_rate_lower, fatal_rate_upper, release_share, no_rate_reason
from mv_rates
order by operation collate "C", aircraft_class collate "C", first_year, last_year
