-- needs: code_meanings
-- checks: every code of a column has one meaning
-- severity: stop
-- allow: 0, a second meaning would duplicate every decoded row
-- family: grain
select
    'code_meanings' as relation,
    concat_ws(' ', table_name, column_name, code) as row_key,
    format('%s meanings', count(*)) as detail
from code_meanings
group by table_name, column_name, code
having count(*) > 1
