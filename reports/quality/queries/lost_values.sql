-- needs: column_ledger
-- grain: one row per column of each source file with values that cannot be cast, with three examples
select
    source_file,
    source_table,
    source_column,
    values_in,
    values_lost,
    lost_examples as examples
from column_ledger
where values_lost > 0
order by source_file collate "C", source_table collate "C", source_column collate "C";
