-- needs: row_conservation
-- grain: one row per table of each source file, with its rows by outcome
select
    source_file,
    source_table,
    rows_in,
    rows_published,
    rows_quarantined,
    rows_superseded,
    rows_in = rows_published + rows_quarantined + rows_superseded as exact
from row_conservation
order by source_file collate "C", source_table collate "C";
