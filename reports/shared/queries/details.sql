-- needs: events
-- grain: one row: the date of the oldest of the 30,000 newest events, for which the page of an event has details; null if it has all
select ev_date as details_from
from events
order by ev_date desc nulls last, ev_id collate "C" desc
limit 1 offset 29999;
