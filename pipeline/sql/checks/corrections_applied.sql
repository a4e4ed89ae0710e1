-- needs: unapplied_correction
-- checks: every reviewed correction is applied
-- severity: warn
-- allow: 0, one that does not match is reported with its reason until it is reviewed again or retired
-- family: corrections
select
    table_name as relation,
    correction_id as row_key,
    format('%s: %s', reason, detail) as detail
from unapplied_correction
