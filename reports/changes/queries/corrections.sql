-- needs: change, correction_change
-- grain: one row per value whose correction is new in this release (applied) or no longer in it (withdrawn); the first 500 values
-- functions: mart
select
    correction_id,
    kind,
    table_name,
    row_key,
    column_name,
    case
        when is_withheld(column_name) then 'withheld' else coalesce(quote_literal(shorten(value_before, 60)), 'no value')
    end as value_before,
    case
        when is_withheld(column_name) then 'withheld' else coalesce(quote_literal(shorten(value_after, 60)), 'no value')
    end as value_after,
    source,
    reviewer,
    review_date
from correction_change
where change = (select max(number) from change)
order by table_name collate "C", row_key collate "C", column_name collate "C", kind collate "C"
limit 500;
