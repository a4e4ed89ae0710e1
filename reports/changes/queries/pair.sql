-- needs: change
-- grain: one row: the release that readers see and the one that they saw before it, null where there was none
select
    release_from,
    release_to
from change
order by number desc
limit 1;
