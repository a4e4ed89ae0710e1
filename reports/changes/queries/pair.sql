-- needs: change
-- grain: one row: the current release and the previous one, null where there is none
select
    release_from,
    release_to
from change
order by number desc
limit 1;
