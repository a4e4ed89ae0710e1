-- needs: narratives
-- checks: every narrative can be searched: search_vector is there
-- severity: stop
-- allow: 0, the database derives it
-- family: generated columns
select
    'narratives' as relation,
    concat_ws(' ', ev_id, aircraft_key) as row_key,
    'search_vector is missing' as detail
from narratives
where search_vector is null
