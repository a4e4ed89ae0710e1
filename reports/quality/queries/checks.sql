-- needs: check_result
-- grain: one row per check of this release
select
    check_name,
    family,
    severity,
    status,
    offending,
    allowed,
    description
from check_result
order by family collate "C", check_name collate "C";
