-- needs: row_conservation
-- checks: no table loses more of its rows to quarantine than max_quarantined_share
-- severity: stop
-- allow: 0, beyond that share we misread the file and not the file is bad
-- family: conservation
with allowed as (
    -- The run sets this from luigi.cfg; in a bare psql the value there stands.
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
    -- A handful of rows proves nothing about how a file is read.
    and row_conservation.rows_quarantined >= 10
