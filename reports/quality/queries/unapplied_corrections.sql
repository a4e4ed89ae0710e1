-- needs: unapplied_correction
-- grain: one row per reviewed correction that is not applied, with the reason
-- functions: mart
select
    correction_id,
    table_name,
    coalesce(row_key, 'all rows of the rule') as row_key,
    column_name,
    case
        when is_withheld(column_name) then 'withheld' else coalesce(quote_literal(shorten(value_found, 60)), 'no value')
    end as value_found,
    case
        when is_withheld(column_name) then 'withheld' else coalesce(quote_literal(shorten(value_expected, 60)), 'no value')
    end as value_expected,
    case
        when is_withheld(column_name) then 'withheld' else coalesce(quote_literal(shorten(value_correct, 60)), 'no value')
    end as value_correct,
    reason,
    detail
from unapplied_correction
order by correction_id collate "C";
