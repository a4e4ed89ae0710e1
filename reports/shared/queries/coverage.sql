-- needs: harmonization_coverage
-- grain: one row per harmonized field, era and basis
select field, era, basis, times, times_unknown
from harmonization_coverage
order by field collate "C", era collate "C", basis collate "C";
