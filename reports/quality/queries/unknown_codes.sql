-- needs: unknown_code, code_supplement
-- grain: one row per code since 1982 that neither the code lists of its file nor a reviewed supplement explain
select
    source_file,
    source_table,
    source_column,
    code,
    uses
from unknown_code
where not exists (
    select from code_supplement
    where code_supplement.table_name = lower(unknown_code.source_table)
        and code_supplement.column_name = unknown_code.source_column
        and code_supplement.code = unknown_code.code
)
order by source_file collate "C", source_table collate "C", source_column collate "C", code collate "C";
