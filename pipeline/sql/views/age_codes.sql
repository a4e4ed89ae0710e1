-- needs: codes
-- grain: one row per code of 1962-1981 that AGE_PILOT can contain instead of an age
-- kind: view
-- schema: code_mappings
-- An age is written as two digits and one more character: the function decode_age reads it.
select
    code,
    meaning,
    origin,
    note
from codes
where field = 'AGE'
