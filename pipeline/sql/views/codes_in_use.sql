-- needs: pre1982_code_usage, codes
-- grain: one row per table, field and code that rows of 1962-1981 bear; meaning is null where it is explained nowhere
-- kind: materialized, key: relation, field, code
-- schema: code_mappings
select
    stated.relation,
    stated.field,
    stated.code,
    stated.times,
    codes.meaning,
    codes.origin
from pre1982_code_usage as stated
left join codes on stated.field = codes.field and stated.code = codes.code
