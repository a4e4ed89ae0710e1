-- needs: events
-- checks: every event has a date
-- severity: warn
-- allow: 0, an event without a date is missing from mv_yearly_stats
-- family: required values
select
    'events' as relation,
    ev_id as row_key,
    'ev_date is missing' as detail
from events
where ev_date is null
