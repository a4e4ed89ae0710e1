-- needs: events
-- checks: no two events have the same NTSB number
-- severity: warn
-- allow: 0, NTSB intends the number to be unique; events that share one are all published
-- family: duplicates
select
    'events' as relation,
    convert.to_code(ntsb_no) as row_key,
    format('%s events: %s', count(*), string_agg(ev_id, ', ' order by ev_id collate "C")) as detail
from events
where convert.to_code(ntsb_no) <> ''
group by convert.to_code(ntsb_no)
having count(*) > 1
