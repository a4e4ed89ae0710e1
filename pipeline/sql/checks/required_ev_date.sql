-- needs: events
-- checks: every event has a date
-- severity: warn
-- allow: 0, an event with no date stands in no year: mv_yearly_stats leaves it out
-- family: required values
select
    'events' as relation,
    ev_id as row_key,
    'ev_date is missing' as detail
from events
where ev_date is null
