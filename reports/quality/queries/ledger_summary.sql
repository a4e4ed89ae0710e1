-- needs: column_ledger
-- grain: one row per source file and column fate
select
    source_file,
    fate,
    count(distinct (source_table, source_column)) as source_columns
from column_ledger
group by source_file, fate
order by source_file collate "C", fate collate "C";
