-- needs: pre1982_code_usage, codes
-- grain: one row per table, field and code used in rows of 1962-1981; the meaning is null where no source explains the code
-- kind: materialized, key: relation, field, code
-- schema: code_mappings
select
    usage.relation,
    usage.field,
    usage.code,
    usage.times,
    codes.meaning,
    codes.origin
from pre1982_code_usage as usage
left join codes on usage.field = codes.field and usage.code = codes.code
