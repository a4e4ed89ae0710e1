-- needs: codes, mapping
-- grain: one row per field, code list (avall, pre2008, pre1982) and code, with its harmonized value
-- kind: materialized, key: field, era, code
-- schema: code_mappings
-- Codes since 1982 are mapped one by one. Codes of 1962-1981 are mapped by their meaning in the file: the first pattern that matches it
-- applies. The value is null where there is no counterpart (confidence none).
-- column: field Harmonized field, such as damage or phase.
-- column: code Code, in upper case.
-- column: meaning Meaning of a code of 1962-1981 (see codes); null for codes since 1982.
-- column: value Harmonized value, a code of NTSB's current files; null where there is no counterpart.
-- column: confidence How certain the reviewed mapping is: exact or close; none where there is no counterpart.
-- column: note Reason for the mapping, or meaning of the code in NTSB's list.
with sources (field, source_field) as (
    values
    ('severity', 'INJURY_INDEX'), ('damage', 'ACFT_ADAMG'), ('category', 'TYPE_CRAFT'), ('weather', 'TYPE_WEATHR'),
    ('light', 'LIGHT_COND'), ('engine', 'TYPE_POWER'), ('operation', 'TYPE_OPERATOR'), ('purpose', 'KIND_FLY_GENA'),
    ('operation_by_purpose', 'KIND_FLY_GENA'), ('phase', 'OPERATION_PHASE'), ('occurrence', 'ACCIDENT_TYPE'), ('cause', 'CAUSE_FACTOR'),
    ('state', 'LOCAT_STATE_TERR')
),

matches as (
    select mapping.field, mapping.era, mapping.code, cast(null as text) as meaning, mapping.modern, mapping.confidence,
        mapping.note, mapping.line
    from mapping
    where mapping.code <> ''
    union all
    select mapping.field, mapping.era, codes.code, codes.meaning, mapping.modern, mapping.confidence,
        concat_ws('; ', codes.note, mapping.note), mapping.line
    from mapping
    inner join sources on mapping.field = sources.field
    inner join codes on codes.field = sources.source_field and upper(codes.meaning) ~ mapping.meaning
    -- Causes are grouped by the first two characters of their code.
    where mapping.field <> 'cause' or length(codes.code) = 2
)

select distinct on (field, era, code)
    field,
    era,
    code,
    meaning,
    modern as value,
    confidence,
    note
from matches
order by field, era, code, line
