-- needs: narratives
-- checks: every narrative has a search_vector, which, in a sample of one event in a thousand, matches its text
-- severity: stop
-- allow: 0, a trigger fills it
-- family: generated columns
select
    'narratives' as relation,
    concat_ws(' ', ev_id, aircraft_key) as row_key,
    case when search_vector is null then 'search_vector is missing' else 'search_vector is of other words' end as detail
from narratives
where
    search_vector is null
    or hashtext(ev_id) % 1000 = 0 and search_vector <> convert.full_text(narr_cause, narr_accp, narr_inc, narr_accf)
