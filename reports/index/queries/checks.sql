-- needs: check_result
-- grain: one row per check status, with the number of checks
select
    status,
    count(*) as checks
from check_result
group by status
order by status collate "C";
