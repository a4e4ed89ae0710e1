-- needs: events
-- checks: every event bears one of the three eras
-- severity: stop
-- allow: 0, the era says how to read the row
-- family: required values
select
    'events' as relation,
    ev_id as row_key,
    format('era is %s', era) as detail
from events
where era not in ('avall', 'pre2008', 'pre1982')
