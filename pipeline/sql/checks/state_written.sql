-- needs: flag
-- checks: a state that is written after the name of a place is the state of the event's code
-- severity: warn
-- allow: 0, both are published as in the source
-- family: required values
select
    source_table as relation,
    concat_ws(' ', source_file, source_row) as row_key,
    format('%s is %s, the code is that of another state', source_column, value) as detail
from flag
where flag in ('city_state_mismatch', 'location_state_mismatch')
