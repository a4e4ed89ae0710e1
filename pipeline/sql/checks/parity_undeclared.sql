-- needs: source_parity
-- checks: events that an Access file and the Enterprise API contain are equal, except for the differences in sources/api/differences.csv
-- severity: stop
-- allow: 0, an undeclared difference is either an error in casting one of them or a fact that the list must state
-- family: parity
select
    table_name as relation,
    concat_ws(' ', source_file, column_name) as row_key,
    format('%s of %s values differ without a declared reason: %s', undeclared, compared, examples) as detail
from source_parity
where undeclared > 0
