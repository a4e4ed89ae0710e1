-- needs: row_conservation
-- checks: at most one row in a thousand of a source table is quarantined
-- severity: warn
-- allow: 0, each quarantined row is listed with its reason in audit.quarantine
-- family: conservation
select
    source_table as relation,
    source_file as row_key,
    format('%s of %s rows are in quarantine', rows_quarantined, rows_in) as detail
from row_conservation
where rows_quarantined > 0.001 * rows_in
