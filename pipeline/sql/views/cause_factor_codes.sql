-- needs: codes, code_harmonization
-- grain: one row per code of CAUSE_FACTOR of 1962-1981: the first two characters are the group, the others the cause within it
-- kind: view
-- schema: code_mappings
-- column: group_code Group of the code: its first two characters.
-- column: group_meaning Meaning of the group; null where no source explains it.
-- column: cause_group Harmonized group of causes (see code_harmonization, field cause); null where there is no counterpart.
select
    codes.code,
    codes.meaning,
    left(codes.code, 2) as group_code,
    group_codes.meaning as group_meaning,
    code_harmonization.value as cause_group,
    code_harmonization.confidence,
    codes.origin
from codes
left join codes as group_codes on group_codes.field = 'CAUSE_FACTOR' and group_codes.code = left(codes.code, 2)
left join code_harmonization
    on code_harmonization.field = 'cause' and code_harmonization.era = 'pre1982' and code_harmonization.code = left(codes.code, 2)
where codes.field = 'CAUSE_FACTOR'
