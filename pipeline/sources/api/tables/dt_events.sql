-- needs: api_case
-- grain: one row per code of a multi-valued column of events: source of the pilot's weather briefing, property damage
-- `Wires, Poles` is one kind of damage.
with listed as (
    select c.case_row, c.ev_id, c.lchg_date, 'wx_brief_src' as col_name, source.item ->> 'pilotWeatherSource' as code
    from api_case as c
    cross join lateral jsonb_array_elements(convert.api_objects(c."weatherConditions")) as source (item)
    where c.is_modern
    union
    select c.case_row, c.ev_id, c.lchg_date, 'prop_dmg', part.code
    from api_case as c
    cross join lateral regexp_split_to_table(c."eventPropertyDamage", ', +(?!Poles)') as part (code)
    where c.is_modern
)

select
    case_row,
    row_number() over (order by case_row, col_name, code collate "C") as source_row,
    ev_id,
    col_name,
    code,
    lchg_date
from listed
where code <> ''
