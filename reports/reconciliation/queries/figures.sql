-- needs: reconciliation
-- grain: one row per published reference count, with the count in this release
select series, item, measure, published, ours, source
from reconciliation
order by series collate "C", published desc, item collate "C", measure collate "C";
