-- needs: rate_population
-- grain: one row per definition of the accidents that match flight hours
select definition, accidents, no_rate_reason, source, note
from rate_population
order by line
