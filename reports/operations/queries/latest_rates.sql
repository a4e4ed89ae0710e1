-- needs: mv_rates
-- grain: one row per operation with flight hours: the latest year with a rate
select distinct on (operation collate "C")
    operation, first_year as year, flight_hours, accidents, fatal_accidents, accident_rate, accident_rate_lower, accident_rate_upper,
    fatal_rate, fatal_rate_lower, fatal_rate_upper, release_share
from mv_rates
where aircraft_class = 'all' and accident_rate is not null and first_year = last_year
order by operation collate "C", first_year desc;
