-- needs: reconciliation
-- grain: one row per figure that was published elsewhere, beside what this release counts
select series, item, measure, published, ours, source
from reconciliation
order by series collate "C", published desc, item collate "C", measure collate "C";
