-- needs: codes_in_use
-- checks: every code that rows of 1962-1981 bear is explained, by the file or by a reviewed supplement
-- severity: warn
-- allow: 0, a code that is not explained keeps its raw value and is counted here
-- family: required values
select
    relation,
    concat_ws(' ', field, code) as row_key,
    format('%s is explained nowhere, %s times', code, times) as detail
from codes_in_use
where meaning is null
