-- needs: narratives
-- checks: every narrative can be searched: search_vector is there, and, of one event in a thousand, that of its words
-- severity: stop
-- allow: 0, the database derives it
-- family: generated columns
select
    'narratives' as relation,
    concat_ws(' ', ev_id, aircraft_key) as row_key,
    case when search_vector is null then 'search_vector is missing' else 'search_vector is of other words' end as detail
from narratives
where
    search_vector is null
    or hashtext(ev_id) % 1000 = 0 and search_vector <> convert.full_text(narr_cause, narr_accp, narr_inc, narr_accf)
