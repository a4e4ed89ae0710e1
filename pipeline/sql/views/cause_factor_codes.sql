-- needs: codes, language
-- grain: one row per code of CAUSE_FACTOR, 1962-1981: two characters name the group (P), those after them the cause (S)
-- kind: view
-- home: code_mappings
select
    codes.code,
    codes.meaning,
    left(codes.code, 2) as group_code,
    grouped.meaning as group_meaning,
    language.value as cause_group,
    language.confidence,
    codes.origin
from codes
left join codes as grouped on grouped.field = 'CAUSE_FACTOR' and grouped.code = left(codes.code, 2)
left join language on language.field = 'cause' and language.era = 'pre1982' and language.code = left(codes.code, 2)
where codes.field = 'CAUSE_FACTOR'
