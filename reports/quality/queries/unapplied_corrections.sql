-- needs: unapplied_correction
-- grain: one row per reviewed correction that is not applied, with the reason
select
    correction_id,
    table_name,
    coalesce(row_key, 'all rows of the rule') as row_key,
    column_name,
    quote_nullable(left(value_found, 60)) as value_found,
    quote_nullable(left(value_expected, 60)) as value_expected,
    quote_nullable(left(value_correct, 60)) as value_correct,
    reason,
    detail
from unapplied_correction
order by correction_id collate "C";
