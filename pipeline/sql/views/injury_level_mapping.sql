-- needs: code_harmonization
-- grain: one row per code list (avall, pre2008, pre1982) and code of the highest injury
-- kind: view
-- schema: code_mappings
-- column: injury_level Harmonized highest injury: FATL, SERS, MINR, NONE or UNK; null where there is no counterpart.
select
    era,
    code,
    meaning,
    value as injury_level,
    confidence,
    note
from code_harmonization
where field = 'severity'
