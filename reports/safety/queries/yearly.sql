-- needs: mv_yearly_stats
-- grain: one row per year of the event date; an event counts once, regardless of its number of aircraft
select
    ev_year,
    events,
    us_events,
    fatal_events,
    events_with_unknown_severity,
    deaths,
    events_with_unknown_deaths
from mv_yearly_stats
order by ev_year;
