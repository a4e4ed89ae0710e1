-- needs: row_conservation
-- checks: at most max_quarantined_share of the rows of a source table are quarantined
-- severity: stop
-- allow: 0, a larger share indicates a defect in how the file is read rather than in the file
-- family: conservation
with allowed as (
    -- Set from luigi.cfg by the task; the default is for use in psql.
    select coalesce(nullif(current_setting('ntsb.max_quarantined_share', true), ''), '0.2')::numeric as share
)

select
    row_conservation.source_table as relation,
    row_conservation.source_file as row_key,
    format(
        '%s of %s rows are in quarantine, more than the share %s',
        row_conservation.rows_quarantined, row_conservation.rows_in, allowed.share
    ) as detail
from row_conservation
cross join allowed
where row_conservation.rows_quarantined > allowed.share * row_conservation.rows_in
    -- Fewer rows are not evidence of a reading error.
    and row_conservation.rows_quarantined >= 10
