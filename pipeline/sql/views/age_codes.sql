-- needs: codes
-- grain: one row per code that AGE_PILOT has instead of an age, 1962-1981
-- kind: view
-- schema: code_mappings
-- An age is two digits and one more character; see the function decode_age.
select
    code,
    meaning,
    origin,
    note
from codes
where field = 'AGE'
