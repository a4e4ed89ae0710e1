-- needs: change, correction_change
-- grain: one row per value whose correction is new in this release (applied) or no longer in it (withdrawn); the first 500 values
-- functions: mart
select
    correction_id,
    kind,
    table_name,
    row_key,
    column_name,
    quote_public(column_name, value_before) as value_before,
    quote_public(column_name, value_after) as value_after,
    source,
    reviewer,
    review_date
from correction_change
where change = (select max(number) from change)
order by table_name collate "C", row_key collate "C", column_name collate "C", kind collate "C"
limit 500;
