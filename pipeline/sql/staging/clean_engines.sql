-- needs: engines
-- grain: one row per engine of an aircraft, with its type trimmed and in upper case
-- kind: view
-- schema: staging
-- column: eng_type_code Code eng_type, trimmed and in upper case.
select
    ev_id,
    aircraft_key,
    eng_no,
    convert.to_code(eng_type) as eng_type_code,
    era
from engines
