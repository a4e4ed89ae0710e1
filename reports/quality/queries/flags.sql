-- needs: flag
-- grain: one row per flag, source file, table and column, with three example keys and values
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
    string_agg(concat_ws(' = ', key, quote_nullable(left(value, 60))), '; ' order by position) filter (where position <= 3) as examples
from ranked
group by flag, source_file, source_table, source_column
order by flag collate "C", source_file collate "C", source_table collate "C", source_column collate "C";
