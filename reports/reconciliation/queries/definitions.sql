-- needs: rate_population
-- grain: one row per definition of accidents, in the order of the list
select definition, accidents, source
from rate_population
where accidents is not null
order by line;
