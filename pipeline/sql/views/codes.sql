-- needs: ct_pre1982, supplement
-- grain: one row per field and code of 1962-1981 that is explained by the file, or otherwise by a reviewed supplement
-- kind: materialized, key: field, code
-- schema: code_mappings
-- The meaning in the file takes precedence over a supplement. Headings of code sets (**) are not codes.
-- column: code Code, in upper case.
-- column: meaning Meaning of the code in ct_pre1982, otherwise in the reviewed supplement.
-- column: origin Where the meaning comes from: ct_pre1982 or supplement.
-- column: note Reason for a meaning of the supplement; null for one of ct_pre1982.
with meanings as (
    select convert.to_code(name) as field, convert.to_code(code) as code, btrim(meang) as meaning,
        'ct_pre1982' as origin, cast(null as text) as note, 1 as trust, source_row as line
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
from meanings
where field <> '' and code not in ('', '**', '(BLANK)') and meaning <> ''
order by field, code, trust, line
