-- needs: flag, row_conservation
-- checks: at most max_quarantined_share of the rows of a table of 1962-1981 have text that the rules of the era cannot read
-- severity: stop
-- allow: 0, a larger share indicates that the file writes the column in a new way
-- family: conservation
with limits as (
    -- Set from luigi.cfg by the task; the default is for use in psql.
    select coalesce(nullif(current_setting('ntsb.max_quarantined_share', true), ''), '0.2')::numeric as share
),

-- Columns that stay text and from which others are derived.
unreadable as (
    select source_file, source_table, source_column, count(*) as texts, min(value collate "C") as example
    from flag
    where flag in ('age_code_unreadable', 'hours_unreadable', 'injury_index_unknown', 'time_invalid')
    group by source_file, source_table, source_column
)

select
    unreadable.source_table as relation,
    concat_ws(' ', unreadable.source_file, unreadable.source_column) as row_key,
    format('%s of %s rows have unreadable text, such as %s', unreadable.texts, counted.rows_in, to_json(left(unreadable.example, 40)))
        as detail
from unreadable
inner join row_conservation as counted
    on unreadable.source_file = counted.source_file and unreadable.source_table = counted.source_table
cross join limits
where unreadable.texts > limits.share * counted.rows_in
    -- Fewer rows are not evidence of another way of writing.
    and unreadable.texts >= 10
