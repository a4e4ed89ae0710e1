-- needs: language_coverage
-- grain: one row per field of the common language, era and basis
select field, era, basis, times, stated_unknown
from language_coverage
order by field collate "C", era collate "C", basis collate "C";
