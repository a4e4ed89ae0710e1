-- needs: code_harmonization
-- grain: one row per code list (avall, pre2008, pre1982) and code of the damage to an aircraft
-- kind: view
-- schema: code_mappings
-- column: damage Harmonized damage: DEST, SUBS, MINR, NONE or UNK; null where there is no counterpart.
select
    era,
    code,
    meaning,
    value as damage,
    confidence,
    note
from code_harmonization
where field = 'damage'
