-- needs: code_harmonization
-- grain: one row per code list (avall, pre2008, pre1982) and code of the highest injury
-- kind: view
-- schema: code_mappings
select
    era,
    code,
    meaning,
    value as injury_level,
    confidence,
    note
from code_harmonization
where field = 'severity'
