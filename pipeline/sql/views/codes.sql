-- needs: ct_pre1982, supplement
-- grain: one row per field and code of 1962-1981 that the file explains, or that a reviewed supplement does where it does not
-- kind: materialized, key: field, code
-- schema: code_mappings
-- A code counts for what the file says of it: a supplement stands only where the file is silent. Headings of sets (**) are no codes.
with stated as (
    select upper(btrim(name)) as field, upper(btrim(code)) as code, btrim(meang) as meaning,
        'ct_pre1982' as origin, cast(null as text) as note, 1 as trust, source_row as place
    from ct_pre1982
    union all
    select field, code, meaning, 'supplement', note, 2, line
    from supplement
)

select distinct on (field, code)
    field,
    code,
    meaning,
    origin,
    note
from stated
where field <> '' and code not in ('', '**', '(BLANK)') and meaning <> ''
order by field, code, trust, place
