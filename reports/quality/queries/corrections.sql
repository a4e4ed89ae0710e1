-- needs: applied_correction
-- grain: one row per corrected column and review, with the number of corrected values and three examples
-- functions: mart
with ranked as (
    select
        table_name,
        column_name,
        source,
        reviewer,
        review_date,
        correction_id,
        case
            when is_withheld(column_name) then row_key || ': withheld'
            else format(
                '%s: %s to %s', row_key, coalesce(quote_literal(shorten(value_before, 60)), 'no value'),
                coalesce(quote_literal(shorten(value_after, 60)), 'no value')
            )
        end as example,
        row_number() over (
            partition by table_name, column_name, source, reviewer, review_date
            order by correction_id collate "C", row_key collate "C"
        ) as position
    from applied_correction
)

select
    table_name,
    column_name,
    source,
    reviewer,
    review_date,
    count(*) as corrected_values,
    count(distinct correction_id) as corrections,
    string_agg(example, '; ' order by position) filter (where position <= 3) as examples
from ranked
group by table_name, column_name, source, reviewer, review_date
order by table_name collate "C", column_name collate "C", source collate "C", reviewer collate "C", review_date;
