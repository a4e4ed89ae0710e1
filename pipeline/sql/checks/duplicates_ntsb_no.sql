-- needs: events
-- checks: no two events have the same NTSB number
-- severity: warn
-- allow: 0, NTSB intends the number to be unique; events that share one are all published
-- family: duplicates
select
    'events' as relation,
    btrim(ntsb_no) as row_key,
    format('%s events: %s', count(*), string_agg(ev_id, ', ' order by ev_id collate "C")) as detail
from events
where btrim(ntsb_no) <> ''
group by btrim(ntsb_no)
having count(*) > 1
