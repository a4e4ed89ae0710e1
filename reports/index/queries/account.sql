-- needs: row_conservation
-- grain: one row: totals over all tables of all source files
select
    count(*) as tables,
    count(*) filter (where rows_in <> rows_published + rows_quarantined + rows_superseded) as inexact_tables,
    coalesce(sum(rows_in), 0)::bigint as rows_in,
    coalesce(sum(rows_quarantined), 0)::bigint as rows_quarantined
from row_conservation;
