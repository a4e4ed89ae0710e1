-- needs: codes_in_use
-- checks: every code used in rows of 1962-1981 has a meaning, in the file or in a reviewed supplement
-- severity: warn
-- allow: 0, a code without a meaning keeps its raw value and is counted here
-- family: required values
select
    relation,
    concat_ws(' ', field, code) as row_key,
    format('%s is explained nowhere, %s times', code, times) as detail
from codes_in_use
where meaning is null
