-- needs: narratives, events
-- grain: one row per narrative of an aircraft of the 5,000 newest events, in the order of ev_id; texts as in the file, null where empty
select
    ev_id, aircraft_key, nullif(btrim(narr_cause), '') as narr_cause, nullif(btrim(narr_accp), '') as narr_accp,
    nullif(btrim(narr_accf), '') as narr_accf, nullif(btrim(narr_inc), '') as narr_inc
from narratives
where ev_id in (select ev_id from events order by ev_date desc nulls last, ev_id collate "C" desc limit 5000)
order by ev_id collate "C", aircraft_key;
