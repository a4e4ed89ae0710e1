-- needs: unapplied_correction
-- grain: one row per reviewed correction that is not applied, with the reason
-- functions: mart
select
    correction_id,
    table_name,
    coalesce(row_key, 'all rows of the rule') as row_key,
    column_name,
    quote_public(column_name, value_found) as value_found,
    quote_public(column_name, value_expected) as value_expected,
    quote_public(column_name, value_correct) as value_correct,
    reason,
    detail
from unapplied_correction
order by correction_id collate "C";
