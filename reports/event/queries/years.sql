-- needs: events
-- grain: one row per year of the search index, newest first; null for events without a date
select ev_year, count(*) as events
from events
group by ev_year
order by ev_year desc nulls last;
