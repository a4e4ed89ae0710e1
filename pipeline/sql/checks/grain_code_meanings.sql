-- needs: code_meanings
-- checks: a code of a column has one meaning
-- severity: stop
-- allow: 0, a second meaning would repeat every row that is decoded
-- family: grain
select
    'code_meanings' as relation,
    concat_ws(' ', table_name, column_name, code) as row_key,
    format('%s meanings', count(*)) as detail
from code_meanings
group by table_name, column_name, code
having count(*) > 1
