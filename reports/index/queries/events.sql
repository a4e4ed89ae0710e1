-- needs: event_summary
-- grain: one row: totals over all events
select
    count(*) as events,
    count(*) filter (where severity = 'FATL') as fatal_events,
    sum(total_deaths)::bigint as deaths,
    min(ev_date) as first_date,
    max(ev_date) as last_date
from event_summary;
