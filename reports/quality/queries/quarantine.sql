-- needs: quarantine
-- grain: one row per source file, table and reason, with three examples as source row and detail
-- functions: mart
with ranked as (
    select
        source_file,
        source_table,
        reason,
        source_row,
        detail,
        row_number() over (partition by source_file, source_table, reason order by source_row, detail collate "C") as position
    from quarantine
)
select
    source_file,
    source_table,
    reason,
    count(*) as held_rows,
    string_agg(concat_ws(': ', source_row, shorten(detail, 120)), '; ' order by position) filter (where position <= 3) as examples
from ranked
group by source_file, source_table, reason
order by source_file collate "C", source_table collate "C", reason collate "C";
