-- needs: unknown_code, code_supplement
-- checks: every code since 1982 is in a code list of its file or in a reviewed supplement
-- severity: warn
-- allow: 0, an unknown code is published as written and has no meaning
-- family: required values
select
    unknown_code.source_table as relation,
    concat_ws(' ', unknown_code.source_file, unknown_code.source_column, unknown_code.code) as row_key,
    format('%s is in no code list, used %s times', unknown_code.code, unknown_code.uses) as detail
from unknown_code
where not exists (
    select from code_supplement
    where code_supplement.table_name = lower(unknown_code.source_table)
        and code_supplement.column_name = unknown_code.source_column
        and code_supplement.code = unknown_code.code
)
