-- needs: check_result
-- grain: one row per status of a check
select
    status,
    count(*) as checks
from check_result
group by status
order by status collate "C";
