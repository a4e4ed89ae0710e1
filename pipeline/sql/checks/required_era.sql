-- needs: events
-- checks: era is avall, pre2008 or pre1982
-- severity: stop
-- allow: 0, the interpretation of a row depends on its era
-- family: required values
select
    'events' as relation,
    ev_id as row_key,
    format('era is %s', era) as detail
from events
where era not in ('avall', 'pre2008', 'pre1982')
