-- needs: column_ledger
-- grain: one row per column of each table of each source file
select
    source_file,
    source_table,
    source_column,
    fate,
    target,
    reason
from column_ledger
order by source_file collate "C", source_table collate "C", source_column collate "C", target collate "C";
