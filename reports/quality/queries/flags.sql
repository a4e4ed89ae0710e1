-- needs: flag
-- grain: one row per flag, source file, table and column, with three example keys and values
-- functions: mart
with ranked as (
    select
        flag,
        source_file,
        source_table,
        source_column,
        key::text as key,
        value,
        row_number() over (
            partition by flag, source_file, source_table, source_column
            order by source_row, key::text collate "C", value collate "C"
        ) as position
    from flag
)
select
    flag,
    source_file,
    source_table,
    source_column,
    count(*) as flagged_values,
    string_agg(
        concat_ws(' = ', key, case when is_withheld(lower(source_column)) then 'withheld' else quote_nullable(shorten(value, 60)) end),
        '; ' order by position
    ) filter (where position <= 3) as examples
from ranked
group by flag, source_file, source_table, source_column
order by flag collate "C", source_file collate "C", source_table collate "C", source_column collate "C";
