-- needs: row_conservation
-- checks: every row of every source table is published, quarantined or superseded, and counted once
-- severity: stop
-- allow: 0, no row may be lost or invented
-- family: conservation
select
    source_table as relation,
    source_file as row_key,
    format(
        '%s rows in, %s accounted for: %s published, %s quarantined, %s superseded',
        rows_in, rows_published + rows_quarantined + rows_superseded, rows_published, rows_quarantined, rows_superseded
    ) as detail
from row_conservation
where rows_in is distinct from rows_published + rows_quarantined + rows_superseded
    or least(rows_in, rows_published, rows_quarantined, rows_superseded) < 0
